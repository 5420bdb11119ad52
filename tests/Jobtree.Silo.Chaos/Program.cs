using System.CommandLine;
using Jobtree.Silo.Chaos;

// Whoever stops it waits until the processes that it started are gone.
return await ChaosCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
