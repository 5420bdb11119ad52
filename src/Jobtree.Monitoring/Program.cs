using System.CommandLine;
using Jobtree.Monitoring;

var root = new RootCommand("Makes and shows what watches a fleet: dashboards, rules and their packaged copies.");
root.Subcommands.Add(GenerateCommand.Make());
return await root.Parse(args).InvokeAsync();
