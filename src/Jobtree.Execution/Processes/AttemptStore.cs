using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The folders of all attempts: <c>attempts/namespace/name/attempt-instant</c> for records and working directory,
/// <c>logs/namespace/name/attempt</c> for output.
/// </summary>
/// <param name="folder">The data folder.</param>
/// <param name="othersWork">Whether the workloads run as other users, who have to pass the folders above theirs.
/// </param>
internal sealed class AttemptStore(string folder, bool othersWork = false)
{
    private readonly string attempts = Path.Combine(Path.GetFullPath(folder), "attempts");
    private readonly string logs = Path.Combine(Path.GetFullPath(folder), "logs");

    /// <summary>The folder of the attempts.</summary>
    public string AttemptsPath => attempts;

    /// <summary>Where this folder's identity is written down.</summary>
    public string IdentityPath { get; } = Path.Combine(Path.GetFullPath(folder), "executor.id");

    /// <summary>Creates the two folders.</summary>
    public void Create()
    {
        foreach (var path in new[] { attempts, logs })
        {
            OwnerOnly.CreateFolder(path, othersWork);
            OwnerOnly.Restrict(path, othersWork);
        }
        if (othersWork)
            OwnerOnly.LetPass(Path.GetFullPath(folder));
    }

    /// <summary>
    /// Whether both parts of a run's key are safe folder names. Keys are validated earlier, but this check guards the
    /// file system, so it is repeated.
    /// </summary>
    /// <param name="run">The run.</param>
    public static bool IsSafe(RunKey run) => IsSafe(run.Namespace) && IsSafe(run.Name);

    /// <summary>The folder of an attempt, which may not exist yet.</summary>
    /// <param name="id">The attempt.</param>
    /// <exception cref="ArgumentException">The run's key is not a safe folder name.</exception>
    public AttemptFolder Of(AttemptId id)
    {
        if (!IsSafe(id.Run))
            throw new ArgumentException($"The run '{id.Run}' cannot name a folder.", nameof(id));
        var name = string.Create(CultureInfo.InvariantCulture, $"{id.Attempt}-{id.StartedAt.UtcTicks}");
        return new AttemptFolder(
            id, Path.Combine(attempts, id.Run.Namespace, id.Run.Name, name), LogsOf(id.Run, id.Attempt), othersWork);
    }

    /// <summary>The folder of all output.</summary>
    public string LogsPath => logs;

    /// <summary>The folder of a run's output.</summary>
    /// <param name="run">The run, known to be safe.</param>
    public string LogsOf(RunKey run) => Path.Combine(logs, run.Namespace, run.Name);

    /// <summary>The attempts on disk, in the order in which they began.</summary>
    public IReadOnlyList<AttemptFolder> Scan()
    {
        var found = new List<AttemptFolder>();
        foreach (var space in Directory.EnumerateDirectories(attempts))
        foreach (var name in Directory.EnumerateDirectories(space))
        foreach (var attempt in Directory.EnumerateDirectories(name))
        {
            var run = new RunKey(Path.GetFileName(space), Path.GetFileName(name));
            if (IsSafe(run) && TryRead(run, Path.GetFileName(attempt), out var id))
                found.Add(Of(id));
        }
        found.Sort(static (a, b) => Order(a.Id).CompareTo(Order(b.Id)));
        return found;
    }

    private string LogsOf(RunKey run, int attempt) =>
        Path.Combine(LogsOf(run), attempt.ToString(CultureInfo.InvariantCulture));

    private static (DateTimeOffset, RunKey, int) Order(AttemptId id) => (id.StartedAt, id.Run, id.Attempt);

    private static bool IsSafe(string name) =>
        name.Length is > 0 and <= 253 && name[0] != '.' && name.All(
            static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool TryRead(RunKey run, string name, out AttemptId id)
    {
        id = default;
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0
            || !int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            || !long.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTimeOffset.MaxValue.UtcTicks)
            return false;
        id = new AttemptId(run, attempt, new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;
    }
}
