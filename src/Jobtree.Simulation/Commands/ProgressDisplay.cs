using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;
using Spectre.Console;

namespace Jobtree.Simulation.Commands;

/// <summary>
/// Runs the entries of a comparison, as many side by side as there are processors: a replay shares nothing with another
/// but the trace, which never changes. Shows the progress of each entry: bars on a terminal, otherwise lines.
/// </summary>
internal sealed class ProgressDisplay
{
    private readonly TextWriter _error;
    private readonly bool _terminal;

    private ProgressDisplay(TextWriter error, bool terminal)
    {
        _error = error;
        _terminal = terminal;
    }

    /// <summary>Creates a display on standard error's terminal, or plain lines for any other writer.</summary>
    public static ProgressDisplay For(TextWriter error) =>
        new(error, ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>Runs the entries.</summary>
    /// <returns>The outcomes, in the order of the entries and their seeds.</returns>
    public ImmutableArray<SeededOutcomes> Run(ImmutableArray<ReplayEntry> entries, JobTrace trace)
    {
        if (!_terminal)
            return Run(entries, trace, [.. entries.Select(PlainLines)]);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context => Run(entries, trace, [.. entries.Select(entry => Bar(context, entry))]));
    }

    private static ImmutableArray<SeededOutcomes> Run(
        ImmutableArray<ReplayEntry> entries, JobTrace trace, ImmutableArray<Action<double>> shown)
    {
        var outcomes = entries.Select(entry => new ReplayOutcome[entry.Seeds.Length]).ToArray();
        var oneAtATime = new Lock();
        var progress = entries.Zip(
            shown, (entry, show) => new SharedProgress(entry.Seeds.Length, show, oneAtATime)).ToArray();
        var runs = entries.SelectMany((entry, index) => entry.Seeds.Select((_, seed) => (index, seed)));
        try
        {
            Parallel.ForEach(runs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run =>
            {
                var entry = entries[run.index];
                outcomes[run.index][run.seed] = entry.Scheduler.Run(
                    trace, entry.Options with { Seed = entry.Seeds[run.seed] }, progress[run.index].Part(run.seed))
                    with { Scheduler = entry.Name };
            });
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }

        return [.. entries.Zip(outcomes, (entry, all) => new SeededOutcomes(entry.Seeds, [.. all]))];
    }

    private static Action<double> Bar(ProgressContext context, ReplayEntry entry)
    {
        var bar = context.AddTask(Markup.Escape(entry.Name), autoStart: false, maxValue: 1);
        return share =>
        {
            if (!bar.IsStarted)
                bar.StartTask();
            bar.Value = share;
            if (share >= 1)
                bar.StopTask();
        };
    }

    private Action<double> PlainLines(ReplayEntry entry)
    {
        var told = 0;
        return share =>
        {
            for (var quarter = (int)(share * 4); told < quarter; told++)
                _error.WriteLine(told == 3 ? $"{entry.Name}: done" : $"{entry.Name}: {(told + 1) * 25} %");
        };
    }

    /// <summary>
    /// The mean progress of an entry's runs, which go on side by side. Reports on the thread of the run, because
    /// <see cref="Progress{T}"/> would queue reports to the thread pool and delay them.
    /// </summary>
    private sealed class SharedProgress(int runs, Action<double> show, Lock oneAtATime)
    {
        private readonly double[] _shares = new double[runs];

        public Direct Part(int run) => new Direct(share =>
        {
            lock (oneAtATime)
            {
                _shares[run] = share;
                show(_shares.Sum() / runs);
            }
        });
    }

    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
