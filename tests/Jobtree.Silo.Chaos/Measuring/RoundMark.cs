namespace Jobtree.Silo.Chaos.Measuring;

/// <summary>Counts at the begin of a round.</summary>
/// <param name="At">When, a timestamp.</param>
/// <param name="Submitted">Runs submitted.</param>
/// <param name="Ended">Ends acknowledged.</param>
/// <param name="Admissions">Runs bound at once.</param>
/// <param name="Entries">Ledger entries.</param>
/// <param name="Starts">Processes of silos started.</param>
internal readonly record struct RoundMark(
    long At, int Submitted, long Ended, long Admissions, long Entries, int Starts);
