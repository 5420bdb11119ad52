using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;
using Spectre.Console;

namespace Jobtree.Simulation.Commands;

/// <summary>
/// Shows the progress of each scheduler: bars on a terminal, otherwise a line per completed scheduler.
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

    /// <summary>Runs the schedulers one after another.</summary>
    public ImmutableArray<ReplayOutcome> Run(
        ImmutableArray<IReplayScheduler> schedulers, JobTrace trace, ReplayOptions options)
    {
        if (!_terminal)
            return [.. schedulers.Select(scheduler => Plain(scheduler, trace, options))];
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                var bars = schedulers.Select(scheduler =>
                    context.AddTask(Markup.Escape(scheduler.Name), autoStart: false, maxValue: 1)).ToList();
                return schedulers.Zip(bars, (scheduler, bar) => WithBar(scheduler, bar, trace, options))
                    .ToImmutableArray();
            });
    }

    private static ReplayOutcome WithBar(
        IReplayScheduler scheduler, ProgressTask bar, JobTrace trace, ReplayOptions options)
    {
        bar.StartTask();
        var outcome = scheduler.Run(trace, options, new Direct(share => bar.Value = share));
        bar.Value = 1;
        bar.StopTask();
        return outcome;
    }

    private ReplayOutcome Plain(IReplayScheduler scheduler, JobTrace trace, ReplayOptions options)
    {
        var told = 0;
        var outcome = scheduler.Run(trace, options, new Direct(share =>
        {
            var quarter = Math.Min(3, (int)(share * 4));
            for (; told < quarter; told++)
                _error.WriteLine($"{scheduler.Name}: {(told + 1) * 25} %");
        }));
        _error.WriteLine($"{scheduler.Name}: done in {outcome.Elapsed.TotalSeconds:0.00} s");
        return outcome;
    }

    /// <summary>
    /// Reports on the calling thread, because <see cref="Progress{T}"/> would queue reports to the thread pool and
    /// delay them.
    /// </summary>
    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
