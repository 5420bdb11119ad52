using System.Globalization;
using Jobtree.Api.Requests;

namespace Jobtree.Silo.Hosting;

/// <summary>How many files a silo must be able to open: its own, and as many connections as make it useful.</summary>
internal static class OpenFiles
{
    // A silo that has nothing to do holds about 290, most of them the runtime's libraries.
    private const int Least = 512;

    /// <summary>Refuses a start that would end in the midst of work, when no more files can be opened.</summary>
    /// <exception cref="ArgumentException">This process may open too few.</exception>
    public static void Check()
    {
        if (ConnectionLimit.DescriptorsMax(ConnectionLimit.Limits()) is { } most and < Least)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"This process may open {most} files, and a silo needs {Least} at least. Raise the limit (ulimit -n, "
                + $"LimitNOFILE= of systemd, --ulimit nofile= of Docker)."));
    }
}
