using System.Globalization;

namespace Jobtree.Execution.Processes.Users;

/// <summary>A user of this machine, as whom workloads run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its id.</param>
/// <param name="Gid">The id of its group.</param>
/// <param name="Home">Its home folder.</param>
internal sealed record HostUser(string Name, uint Uid, uint Gid, string Home)
{
    /// <summary>Asks the machine for a user, in its files or wherever else it keeps users.</summary>
    /// <param name="name">The user's name.</param>
    /// <returns>Null: there is none.</returns>
    public static HostUser? Find(string name)
    {
        // "name:x:1000:1000:comment:/home/name:/bin/sh"
        var fields = Programs.Output(Programs.FindSystem("getent"), ["passwd", name]).Split('\n')[0].Split(':');
        return fields.Length >= 6 && fields[0] == name
            && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
            && uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var gid)
            ? new HostUser(name, uid, gid, fields[5]) : null;
    }
}
