using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// The log, once it is open: the fleet that it is recovered into must exist before it, and append to it after.
/// </summary>
internal sealed class LogHolder
{
    private JournalLog? log;

    public bool IsOpen => log is not null;

    public JournalLog Log
    {
        get => log ?? throw new InvalidOperationException(
            "An actor appended to the journal before the journal was read.");
        set => log = value;
    }
}
