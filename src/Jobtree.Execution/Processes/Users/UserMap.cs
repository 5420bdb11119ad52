using System.Globalization;
using Jobtree.Core.Funding;

namespace Jobtree.Execution.Processes.Users;

/// <summary>
/// Which user of this machine runs the workloads of which owner: lines of a pattern of owners and a user's name, of
/// which the first that matches counts. Owners that no line matches run nothing.
/// </summary>
internal sealed class UserMap
{
    private const int LinesMax = 10_000;
    private const int BytesMax = 1 << 20;
    private const int OwnerLengthMax = 256;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly List<(string Pattern, HostUser User)> lines = [];

    private UserMap()
    {
    }

    /// <summary>The users, each once.</summary>
    public IEnumerable<HostUser> Users => lines.Select(static line => line.User).Distinct();

    /// <summary>Reads a map.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It cannot be read, others may write it, or a line is wrong.</exception>
    public static UserMap Read(string path)
    {
        var map = new UserMap();
        var found = new Dictionary<string, HostUser?>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in Text(path).Split('\n'))
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            ArgumentException Wrong(string what) => new(string.Create(
                CultureInfo.InvariantCulture, $"The user map {path}, line {number}: {what}"));
            if (map.lines.Count == LinesMax)
                throw Wrong($"a map has at most {LinesMax} lines.");
            if (words is not [var pattern, var name] || pattern.Length > OwnerLengthMax)
                throw Wrong("a line is a pattern of owners and a user, such as 'org:ai:* ai'.");
            if (!found.TryGetValue(name, out var user))
                found.Add(name, user = IsName(name) ? HostUser.Find(name) : null);
            if (user is null)
                throw Wrong("there is no such user on this machine; name one by its name, not by a number.");
            if (user.Uid == 0)
                throw Wrong("root may do anything to this host; name a user for the workloads alone.");
            map.lines.Add((pattern, user));
        }
        if (map.lines.Count == 0)
            throw new ArgumentException($"The user map {path} names no user.");
        return map;
    }

    /// <summary>The user of an owner's workloads.</summary>
    /// <param name="owner">The owner.</param>
    public HostUser? UserOf(string owner) =>
        lines.FirstOrDefault(line => OwnerPattern.Matches(line.Pattern, owner)).User;

    private static string Text(string path)
    {
        if (RegularFile.Open(Path.GetFullPath(path)) is not { } handle)
            throw new ArgumentException($"The user map {path} cannot be read, or is no regular file.");
        using var file = new FileStream(handle, FileAccess.Read);
        // What is checked is what is read.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & OthersWrite) != 0)
            throw new ArgumentException(
                $"The user map {path} may be written by others than its owner, who could run anything as anybody: "
                + $"chmod go-w {path}");
        if (!RegularFile.IsOwnOrRoots(handle))
            throw new ArgumentException(
                $"The user map {path} is another user's, who could run anything as anybody: chown root {path}");
        if (file.Length > BytesMax)
            throw new ArgumentException($"The user map {path} has {file.Length} bytes; {BytesMax} are allowed.");
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    private static bool IsName(string name) => name.Length <= 256 && !char.IsAsciiDigit(name[0]) && name[0] != '-'
        && !name.Contains(':', StringComparison.Ordinal);
}
