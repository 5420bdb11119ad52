using System.CommandLine;
using System.Globalization;
using Jobtree.Simulation.Faults;
using Jobtree.Simulation.Faults.Breaks;

namespace Jobtree.Simulation.Commands;

/// <summary>The command line of <c>jobtree simulate</c>.</summary>
internal sealed class SimulateCommand
{
    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "The first seed. Alone, this seed only is played, and its story told.",
    };

    private readonly Option<int?> _seeds = new("--seeds") { Description = "How many seeds to play; 200 by default." };

    private readonly Option<double?> _minutes = new("--minutes")
    {
        Description = "End after this time even if seeds are left; alone, play as many as that gives.",
    };

    private readonly Option<BrokenRule> _break = new("--break")
    {
        Description = "Break a rule on purpose, to see that the checks find it.",
    };

    /// <summary>Parses the command line and runs it.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Receives what was found.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>0 if every life kept the invariants, 1 if one did not or the arguments are not valid.</returns>
    public int Invoke(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            "Plays short lives of small fleets with the real actors in virtual time: messages, journals, processes and "
            + "clocks fail as the seed says, and the invariants are checked after every step.")
        {
            _seeds, _minutes, _seed, _break,
        };
        // The value of a text that is no number throws, so the text itself is read.
        _seeds.Validators.Add(result => Positive(result.Tokens is not [var text]
            || (int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) && seeds > 0),
            "--seeds", result));
        _minutes.Validators.Add(result => Positive(result.Tokens is not [var text]
            || (double.TryParse(text.Value, CultureInfo.InvariantCulture, out var minutes) && minutes > 0),
            "--minutes", result));
        root.SetAction(parsed => new SimulateSession(output, error).Run(new SimulateRequest(
            parsed.GetValue(_seed), parsed.GetValue(_seeds), parsed.GetValue(_minutes), parsed.GetValue(_break))));
        return root.Parse(args).Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    private static void Positive(bool isSo, string name, System.CommandLine.Parsing.OptionResult result)
    {
        if (!isSo)
            result.AddError($"{name} must be a number greater than 0.");
    }
}
