using Jobtree.Silo.Chaos;

return await ChaosCommand.Create().Parse(args).InvokeAsync();
