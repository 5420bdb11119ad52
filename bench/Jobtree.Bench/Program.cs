using Jobtree.Bench;

return await BenchCommand.Create().Parse(args).InvokeAsync();
