using System.CommandLine;
using Jobtree.Bench.Admissions;
using Jobtree.Bench.Http;
using Jobtree.Bench.Kueue;
using Jobtree.Bench.Measuring;
using Jobtree.Bench.Pieces;
using Jobtree.Bench.Recovery;

namespace Jobtree.Bench;

/// <summary>The command line: one command for each bench.</summary>
internal static class BenchCommand
{
    /// <summary>The command by which a bench calls itself in a process of its own.</summary>
    public const string ReopenName = "reopen";

    public static RootCommand Create()
    {
        var quick = new Option<bool>(
            "--quick") { Description = "Short and small: to see that it works, not to quote.", Recursive = true };
        var folder = new Option<DirectoryInfo>("--data")
        {
            Description = "Where journals are written; choose the disk to be measured.",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "jobtree-bench")),
            Recursive = true,
        };
        var test = new Argument<string?>(
            "test") { Description = "baseline or large; by default both.", Arity = ArgumentArity.ZeroOrOne };
        test.AcceptOnlyFromAmong("baseline", "large");
        var kueue = Command("kueue", "Kueue's two performance tests in real time, over HTTP", (settings, parsed) =>
            KueueBench.Run(settings, parsed.GetValue(test)));
        kueue.Arguments.Add(test);
        var gpus = new Option<int?>(
            "--gpus") { Description = "Only at this size of the fleet; by default 1k, 10k and 100k GPUs." };
        var admissions = Command(
            "admissions", "decisions and admissions per second in process, durable and not", (settings, parsed) =>
                AdmissionsBench.Run(settings, parsed.GetValue(gpus)));
        admissions.Options.Add(gpus);
        Command[] each =
        [
            Command("http", "admissions per second over HTTP on the durable host", (settings, _) =>
                HttpBench.Run(settings)),
            Command("recovery", "time to recover a million leases from the journal", (settings, _) =>
                RecoveryBench.Run(settings)),
            Command("memory", "bytes of memory per open lease", (settings, _) => MemoryBench.Run(settings)),
            Command("pieces", "the small pieces, by BenchmarkDotNet", (settings, _) => PiecesBench.Run(settings)),
        ];
        var all = Command("all", "all of the above and kueue", async (settings, _) =>
        {
            await AdmissionsBench.Run(settings);
            await HttpBench.Run(settings);
            await MemoryBench.Run(settings);
            await RecoveryBench.Run(settings);
            await KueueBench.Run(settings, null);
            await PiecesBench.Run(settings);
        });
        var reopened = new Argument<string>("folder");
        var reopen = new Command(ReopenName, "Used by 'recovery'.") { reopened };
        reopen.Hidden = true;
        reopen.SetAction((parsed, _) => RecoveryBench.Reopen(parsed.GetValue(reopened)!));
        var root = new RootCommand("Measures Jobtree on this machine. Figures are printed, nothing is judged.") { quick,
            folder, admissions, kueue, all, reopen };
        foreach (var command in each)
            root.Subcommands.Add(command);
        return root;

        Command Command(string name, string description, Func<BenchSettings, ParseResult, Task> run)
        {
            var command = new Command(name, description);
            command.SetAction(async (parsed, _) =>
            {
                using var scratch = new ScratchFolder(
                    Path.Combine(parsed.GetValue(folder)!.FullName, Path.GetRandomFileName()));
                await Console.Out.WriteLineAsync(Machine.Describe(scratch.Path));
                await run(new BenchSettings(scratch.Path, parsed.GetValue(quick)), parsed);
                return 0;
            });
            return command;
        }
    }
}
