using System.CommandLine;
using Jobtree.Embedded.Commands;

var root = new RootCommand("Jobtree in one process: fleet, journal and API.") { UpCommand.Create(), TokenCommand.Create() };
return await root.Parse(args).InvokeAsync();
