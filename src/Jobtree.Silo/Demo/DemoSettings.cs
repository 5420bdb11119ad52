namespace Jobtree.Silo.Demo;

/// <summary>How a demo is played.</summary>
/// <param name="Seed">The seed of the plan.</param>
/// <param name="DayLasts">How long a day is played.</param>
/// <param name="Days">How many days.</param>
/// <param name="Exit">Whether it ends after the last day.</param>
/// <param name="Server">The silo that runs already; absent: one is started.</param>
/// <param name="Token">The bearer token; absent: none is sent.</param>
/// <param name="OutputFolder">Where the output of workloads is written; absent: nowhere.</param>
internal sealed record DemoSettings(
    int Seed, TimeSpan DayLasts, int Days, bool Exit, Uri? Server, string? Token, string? OutputFolder);
