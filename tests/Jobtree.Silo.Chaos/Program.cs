using System.CommandLine;
using Jobtree.Silo.Chaos;

// It minds signals by itself: whoever stops it gets the sum of what was done so far.
return await ChaosCommand.Create().Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = null });
