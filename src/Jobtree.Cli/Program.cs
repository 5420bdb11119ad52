using Jobtree.Cli;
using Jobtree.Cli.State;

return await CliApp.Run(args,
    new CliHost(Terminal.OfProcess(), Environment.GetEnvironmentVariable, TimeProvider.System, StateFleet.Create));
