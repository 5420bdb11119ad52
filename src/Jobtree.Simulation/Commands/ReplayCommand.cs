using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces.Formats;

namespace Jobtree.Simulation.Commands;

/// <summary>The command line of <c>jobtree-replay</c>.</summary>
internal sealed class ReplayCommand
{
    private const int SeedsDefault = 3;

    private static readonly ReplayOptions Defaults = new();

    private readonly ReplaySession _session;
    private readonly Argument<string> _trace = new("trace")
    {
        Description =
            "The trace, plain or gzip: of Philly, a cluster_log.csv of Helios, an openb_pod_list_*.csv of Alibaba's "
            + "GPU trace of 2023, or a log of the Parallel Workloads Archive (SWF).",
    };

    private readonly Option<string> _format = new("--format")
    {
        Description = "The format of the trace. Left out, the first line of the file tells it.",
    };

    private readonly Option<int> _nodes = Number(
        "--nodes", "Nodes of the fleet. Left out, as many as the machine of an SWF log has.", Defaults.Nodes, 1,
        1_000_000);
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
            "What schedulers know of durations: stated (what the trace states, else learnt; the default), history "
            + "(learnt from ended runs only), exact (the truth) or none.",
    };

    private readonly Option<ulong> _seed = Number(
        "--seed", "The seed of what is drawn, or the first of --seeds. Given without --seeds, it is the only one.",
        Defaults.Seed, ulong.MinValue, ulong.MaxValue);
    private readonly Option<int> _seeds = Number(
        "--seeds", "How many seeds to run; the report shows medians and the spread.", SeedsDefault, 1, 100);
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

    private readonly Option<string> _compare = new("--compare")
    {
        Description = "Several orders in one report, such as fair,fifo,shortest; the first is the main one.",
    };

    private readonly Option<bool> _noBaselines = new("--no-baselines") { Description = "Leave the baselines out." };
    private readonly Option<int> _limit = Number(
        "--limit", "Replay only this many jobs, the first to arrive.", int.MaxValue, 1, int.MaxValue);

    /// <summary>Creates a command for the schedulers of a session.</summary>
    public ReplayCommand(ReplaySession session)
    {
        _session = session;
        _estimates.AcceptOnlyFromAmong("stated", "history", "exact", "none");
        _format.AcceptOnlyFromAmong([.. TraceFormats.Names]);
        _compare.Validators.Add(result =>
        {
            var names = result.GetValueOrDefault<string>()!.Split(',');
            if (names.Except(ServingOrders.Names).Any() || names.Distinct().Count() < names.Length)
                result.AddError("--compare must be one or more of "
                    + $"{string.Join(", ", ServingOrders.Names)}, each once, with commas between them.");
        });
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
            "Replays a trace of GPU jobs through Jobtree in virtual time, beside four baselines, and writes a report.")
        {
            _trace, _format, _nodes, _gpus, _domain, _overcommit, _flavor, _estimates, _order, _compare, _seed, _seeds,
            _output, _noBaselines, _limit,
        };
        root.Validators.Add(result =>
        {
            if (Given(result, _compare) && Given(result, _order))
                result.AddError("--compare names the orders; leave --order out.");
        });
        root.SetAction(parsed => _session.Run(Request(parsed), output, error));
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

    private static bool Given(SymbolResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    private ReplayRequest Request(ParseResult parsed)
    {
        var root = parsed.RootCommandResult;
        var orders = parsed.GetValue(_compare)?.Split(',') ?? [parsed.GetRequiredValue(_order)];
        return new ReplayRequest(
            parsed.GetRequiredValue(_trace),
            Defaults with
            {
                GpusPerNode = parsed.GetValue(_gpus),
                NodesPerDomain = parsed.GetValue(_domain),
                Overcommit = parsed.GetValue(_overcommit),
                Flavor = parsed.GetRequiredValue(_flavor),
                Seed = parsed.GetValue(_seed),
            },
            parsed.GetRequiredValue(_output),
            !parsed.GetValue(_noBaselines),
            parsed.GetResult(_limit) is null ? int.MaxValue : parsed.GetValue(_limit))
        {
            Format = parsed.GetValue(_format) is { } format ? TraceFormats.Named(format) : null,
            Nodes = Given(root, _nodes) ? parsed.GetValue(_nodes) : null,
            Estimates = parsed.GetValue(_estimates) is { } estimates
                ? Enum.Parse<DurationKnowledge>(estimates, ignoreCase: true)
                : null,
            Seeds = Given(root, _seed) && !Given(root, _seeds) ? 1 : parsed.GetValue(_seeds),
            Orders = [.. orders.Select(ServingOrders.Named)],
        };
    }
}
