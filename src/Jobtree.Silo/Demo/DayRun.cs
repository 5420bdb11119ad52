namespace Jobtree.Silo.Demo;

/// <summary>A run of the day, as the plan has it. Times are of the day: a player shortens them.</summary>
/// <param name="At">When it is submitted, since the day began.</param>
/// <param name="Team">Who submits it.</param>
/// <param name="Name">Its name, unique in the namespace.</param>
/// <param name="Gpus">How many GPUs it asks for.</param>
/// <param name="Lasts">How long it works if it succeeds.</param>
internal sealed record DayRun(TimeSpan At, DayTeam Team, string Name, int Gpus, TimeSpan Lasts)
{
    /// <summary>GPUs per placement group; absent: no groups.</summary>
    public int? GroupGpus { get; init; }

    /// <summary>Spares of each group.</summary>
    public int Spares { get; init; }

    /// <summary>The duration that it declares; absent: none.</summary>
    public TimeSpan? Declares { get; init; }

    /// <summary>After which part of its work it fails; absent: it succeeds.</summary>
    public double? FailsAt { get; init; }

    /// <summary>How long after its submission it is cancelled; absent: never.</summary>
    public TimeSpan? CancelledAfter { get; init; }

    /// <summary>Its epochs; 0: it trains nothing and reports nothing.</summary>
    public int Epochs { get; init; }

    /// <summary>How it is called in requests: namespace/name.</summary>
    public string Key => $"{Team.Namespace}/{Name}";
}

/// <summary>Who submits runs during the day, of what kind, and how many.</summary>
/// <param name="Namespace">The namespace of the runs.</param>
/// <param name="Kind">The beginning of their names.</param>
/// <param name="Owner">Their owner.</param>
/// <param name="Flavor">Their flavor.</param>
/// <param name="PerHour">How many in an hour of full work.</param>
/// <param name="MedianHours">Half of them last longer.</param>
internal sealed record DayTeam(
    string Namespace, string Kind, string Owner, string Flavor, double PerHour, double MedianHours)
{
    /// <summary>The widths that they have, each as likely as the others.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [1];

    /// <summary>GPUs per placement group; absent: no groups.</summary>
    public int? GroupGpus { get; init; }

    /// <summary>Whether they come by night as by day.</summary>
    public bool RoundTheClock { get; init; }

    /// <summary>Whether they train, and so report epochs and loss.</summary>
    public bool Trains { get; init; }

    /// <summary>Who lends to them; absent: nobody.</summary>
    public string? Sponsor { get; init; }

    /// <summary>The hour at which as many come as in three hours of full work; absent: none.</summary>
    public int? BurstHour { get; init; }
}
