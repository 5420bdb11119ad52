using System.CommandLine;
using System.Globalization;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Commands;

/// <summary>The command line of <c>jobtree-replay</c>.</summary>
internal sealed class ReplayCommand
{
    private const int GpusMax = 4_000_000;

    private static readonly ReplayOptions Defaults = new();

    private readonly ReplaySession _session;
    private readonly Argument<string> _trace = new("trace")
    {
        Description =
            "The trace: comma-separated values with the columns job_id, user, num_gpu, submit_time, duration and "
            + "best_effort, times in minutes; plain or gzip.",
    };

    private readonly Option<int> _nodes = Number("--nodes", "Nodes of the fleet.", Defaults.Nodes, 1, 1_000_000);
    private readonly Option<int> _gpus = Number(
        "--gpus-per-node", "GPUs of a node.", Defaults.GpusPerNode, 1, Core.Model.Node.GpusMax);
    private readonly Option<int> _domain = Number(
        "--nodes-per-domain", "Nodes that share a fabric domain.", Defaults.NodesPerDomain, 1, 1_000_000);
    private readonly Option<double> _overcommit =
        Number("--overcommit", "The sum of all budgets as a multiple of the fleet.", Defaults.Overcommit, 0.01, 1_000);

    private readonly Option<string> _flavor = new("--flavor")
    {
        Description = "The flavor of every GPU.",
        DefaultValueFactory = _ => Defaults.Flavor,
    };

    private readonly Option<string> _estimates = new("--estimates")
    {
        Description =
            "What schedulers know of durations: history (learnt from ended runs), exact (stated, and true) or none.",
        DefaultValueFactory = _ => "history",
    };

    private readonly Option<ulong> _seed = Number(
        "--seed", "The seed of what is drawn.", Defaults.Seed, ulong.MinValue, ulong.MaxValue);
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The folder that index.html and figures.json are written to; made if it is not there.",
        DefaultValueFactory = _ => "replay",
    };

    private readonly Option<string> _order = new("--order")
    {
        Description = "Whom Jobtree serves first: fair, fifo or shortest.",
        DefaultValueFactory = _ => ServingOrders.Names[0],
    };

    private readonly Option<bool> _noBaselines = new("--no-baselines") { Description = "Leave the baselines out." };
    private readonly Option<int> _limit = Number(
        "--limit", "Replay only this many jobs, the first to arrive.", int.MaxValue, 1, int.MaxValue);

    /// <summary>Creates a command for the schedulers of a session.</summary>
    public ReplayCommand(ReplaySession session)
    {
        _session = session;
        _estimates.AcceptOnlyFromAmong("history", "exact", "none");
        _order.AcceptOnlyFromAmong([.. ServingOrders.Names]);
        _limit.DefaultValueFactory = null;
        _flavor.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: > 0 and <= 63 } text
                || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'))
                result.AddError("--flavor must be 1 to 63 letters, digits, dots and dashes.");
        });
    }

    /// <summary>Parses the command line and runs it.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Receives the summary.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>0 if the report was written, 1 if the arguments or the trace are not valid.</returns>
    public int Invoke(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            "Replays a trace of GPU jobs through Jobtree in virtual time, beside three baselines, and writes a report.")
        {
            _trace, _nodes, _gpus, _domain, _overcommit, _flavor, _estimates, _order, _seed, _output, _noBaselines,
            _limit,
        };
        root.SetAction(parsed =>
        {
            var request = Request(parsed);
            if ((long)request.Options.Nodes * request.Options.GpusPerNode <= GpusMax)
                return _session.Run(request, output, error);
            error.WriteLine($"--nodes times --gpus-per-node must be at most {GpusMax} GPUs.");
            return 1;
        });
        return root.Parse(args).Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    private static Option<T> Number<T>(string name, string description, T fallback, T min, T max)
        where T : struct, IParsable<T>, IComparable<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out var value)
                    && value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0)
                    return value;
                result.AddError($"{name} is '{text}'; a number from {min} to {max} is allowed.");
                return fallback;
            },
        };

    private ReplayRequest Request(ParseResult parsed) => new(
        parsed.GetRequiredValue(_trace),
        Defaults with
        {
            Nodes = parsed.GetValue(_nodes),
            GpusPerNode = parsed.GetValue(_gpus),
            NodesPerDomain = parsed.GetValue(_domain),
            Overcommit = parsed.GetValue(_overcommit),
            Flavor = parsed.GetRequiredValue(_flavor),
            Estimates = Enum.Parse<DurationKnowledge>(parsed.GetRequiredValue(_estimates), ignoreCase: true),
            Serving = ServingOrders.Named(parsed.GetRequiredValue(_order)),
            Seed = parsed.GetValue(_seed),
        },
        parsed.GetRequiredValue(_output),
        !parsed.GetValue(_noBaselines),
        parsed.GetResult(_limit) is null ? int.MaxValue : parsed.GetValue(_limit));
}
