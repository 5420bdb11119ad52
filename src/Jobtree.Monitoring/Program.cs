using System.CommandLine;
using Jobtree.Monitoring;
using Jobtree.Monitoring.Preview;

var root = new RootCommand("Makes and shows what watches a fleet: dashboards, rules and their packaged copies.");
root.Subcommands.Add(GenerateCommand.Make());
root.Subcommands.Add(PreviewCommand.Make());
return await root.Parse(args).InvokeAsync();
