using System.CommandLine;
using Jobtree.Bench.Grains;
using Jobtree.Bench.Http;
using Jobtree.Bench.Kueue;
using Jobtree.Bench.Measuring;
using Jobtree.Bench.Pieces;
using Jobtree.Bench.Recovery;
using Jobtree.Bench.Soak;
using Jobtree.Bench.Starting;

namespace Jobtree.Bench;

/// <summary>The command line: one command for each bench.</summary>
internal static class BenchCommand
{
    /// <summary>The command by which a bench calls itself in a process of its own.</summary>
    public const string ReopenName = "reopen";

    /// <summary>The command by which a bench fills a folder in a process of its own.</summary>
    public const string FillName = "fill";

    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Short and small: to see that it works, not to quote.",
        Recursive = true,
    };

    private static readonly Option<DirectoryInfo> Folder = new("--data")
    {
        Description = "Where journals are written; choose the disk to be measured.",
        DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "jobtree-bench")),
        Recursive = true,
    };

    public static RootCommand Create() =>
        new("Measures Jobtree on this machine. Figures are printed, nothing is judged.")
        {
            Quick,
            Folder,
            Silo(),
            Command("http", "admissions per second over HTTP on a silo with its journals on disk",
                (settings, _) => HttpBench.Run(settings)),
            Command("recovery", "how long a silo takes to recover a million leases from its journal",
                (settings, _) => RecoveryBench.Run(settings)),
            Command("bounded", "memory and start of a silo after 100,000 runs and after two million",
                (settings, _) => BoundedBench.Run(settings)),
            Start(),
            Kueue(),
            Soak(),
            Pieces(),
            Command("all", "all of the above", (settings, _) => All(settings)),
            Reopen(),
            Fill(),
        };

    private static async Task All(BenchSettings settings)
    {
        await GrainsBench.Run(settings, GrainsBench.GpusUsual, "");
        await HttpBench.Run(settings);
        await RecoveryBench.Run(settings);
        await StartBench.Run(settings, AppContext.BaseDirectory);
        await KueueBench.Run(settings, null);
        await PiecesBench.Run(settings, "");
    }

    private static Command Silo()
    {
        var gpus = new Option<int>("--gpus")
        {
            Description = "The size of the fleet.",
            DefaultValueFactory = _ => GrainsBench.GpusUsual,
        };
        var only = new Option<string>("--only")
        {
            Description = "Measures only the hosts whose name has this in it, such as disk or three.",
            DefaultValueFactory = _ => "",
        };
        var command = Command("silo", "admissions by grain calls, on one silo and on three",
            (settings, parsed) => GrainsBench.Run(settings, parsed.GetValue(gpus), parsed.GetValue(only)!));
        command.Options.Add(gpus);
        command.Options.Add(only);
        return command;
    }

    private static Command Start()
    {
        var silo = new Option<DirectoryInfo>("--silo")
        {
            Description = "The folder of the silo, such as one that was published; by default the bench's own.",
            DefaultValueFactory = _ => new DirectoryInfo(AppContext.BaseDirectory),
        };
        silo.AcceptExistingOnly();
        var command = Command("start", "a silo's start until it is ready, and the memory of a demo fleet",
            (settings, parsed) => StartBench.Run(settings, parsed.GetValue(silo)!.FullName));
        command.Options.Add(silo);
        return command;
    }

    private static Command Soak()
    {
        var minutes = new Option<int>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 30 };
        var rate = new Option<int>("--rate")
        {
            Description = "Submissions a second.",
            DefaultValueFactory = _ => 3_000,
        };
        var command = Command("soak", "memory of a silo under steady load that is killed every minute, and its history",
            (settings, parsed) => SoakBench.Run(settings, parsed.GetValue(minutes), parsed.GetValue(rate)));
        command.Options.Add(minutes);
        command.Options.Add(rate);
        return command;
    }

    private static Command Pieces()
    {
        var only = new Option<string>("--only")
        {
            Description = "Measures only the groups of pieces whose name has this in it, such as Check or Wire.",
            DefaultValueFactory = _ => "",
        };
        var command = Command("pieces", "the small pieces, by BenchmarkDotNet",
            (settings, parsed) => PiecesBench.Run(settings, parsed.GetValue(only)!));
        command.Options.Add(only);
        return command;
    }

    private static Command Kueue()
    {
        var test = new Argument<string?>("test")
        {
            Description = "baseline or large; by default both.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        test.AcceptOnlyFromAmong("baseline", "large");
        var command = Command("kueue", "Kueue's two performance tests in real time, over HTTP",
            (settings, parsed) => KueueBench.Run(settings, parsed.GetValue(test)));
        command.Arguments.Add(test);
        return command;
    }

    private static Command Reopen()
    {
        var folder = new Argument<string>("folder");
        var command = new Command(ReopenName, "Used by 'recovery' and 'bounded'.") { folder };
        command.Hidden = true;
        command.SetAction((parsed, _) => RecoveryBench.Reopen(parsed.GetValue(folder)!));
        return command;
    }

    private static Command Fill()
    {
        var folder = new Argument<string>("folder");
        var runs = new Argument<int>("runs");
        var command = new Command(FillName, "Used by 'bounded'.") { folder, runs };
        command.Hidden = true;
        command.SetAction((parsed, _) => BoundedBench.Fill(parsed.GetValue(folder)!, parsed.GetValue(runs)));
        return command;
    }

    private static Command Command(string name, string description, Func<BenchSettings, ParseResult, Task> run)
    {
        var command = new Command(name, description);
        command.SetAction(async (parsed, _) =>
        {
            using var scratch = new ScratchFolder(
                Path.Combine(parsed.GetValue(Folder)!.FullName, Path.GetRandomFileName()));
            await Console.Out.WriteLineAsync(Machine.Describe(scratch.Path));
            await run(new BenchSettings(scratch.Path, parsed.GetValue(Quick)), parsed);
            return 0;
        });
        return command;
    }
}
