namespace Jobtree.Journal;

/// <summary>Another process, or another part of this one, has the journal open.</summary>
public sealed class JournalLockedException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="folder">The journal's folder.</param>
    /// <param name="holder">Who holds it, as the holder described itself; empty if it is not known.</param>
    /// <param name="innerException">Why the lock could not be taken.</param>
    public JournalLockedException(string folder, string holder, Exception innerException)
        : base(
            $"The journal in {folder} is in use by {(holder.Length > 0 ? holder : "another process")}; stop it, or choose another folder.",
            innerException)
    {
    }
}
