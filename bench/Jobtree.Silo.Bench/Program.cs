using System.CommandLine;
using Jobtree.Bench;
using Jobtree.Bench.Measuring;
using Jobtree.Silo.Bench;

var quick = new Option<bool>("--quick") { Description = "Short: to see that it works, not to quote." };
var gpus = new Option<int>("--gpus") { Description = "The size of the fleet.", DefaultValueFactory = _ => 10_000 };
var folder = new Option<DirectoryInfo>("--data")
{
    Description = "Where journals are written; choose the disk to be measured.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "jobtree-bench")),
};
var only = new Option<string>(
    "--only") { Description = "Measures only the hosts whose name has this in it, such as disk or three.",
    DefaultValueFactory = _ => "" };
var root = new RootCommand(
    "Measures admissions through grains on this machine, on one silo and on three, beside the embedded host. Figures are printed, nothing is judged.") { quick, gpus, folder, only };
root.SetAction(async (parsed, _) =>
{
    using var scratch = new ScratchFolder(Path.Combine(parsed.GetValue(folder)!.FullName, Path.GetRandomFileName()));
    await Console.Out.WriteLineAsync(Machine.Describe(scratch.Path));
    await SiloBench.Run(new BenchSettings(scratch.Path, parsed.GetValue(quick)), parsed.GetValue(gpus),
        parsed.GetValue(only)!);
    return 0;
});
return await root.Parse(args).InvokeAsync();
