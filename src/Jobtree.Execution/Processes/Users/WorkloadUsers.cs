using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Jobtree.Actors.Ports;

namespace Jobtree.Execution.Processes.Users;

/// <summary>Who runs what: with a map another user for each owner, without one the user of this host.</summary>
/// <param name="map">The map, if there is one.</param>
internal sealed class WorkloadUsers(UserMap? map)
{
    /// <summary>Whether workloads run as other users than this host.</summary>
    public bool AreOthers => map is not null;

    /// <summary>The user of a launch.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="user">The user; null: the one of this host.</param>
    /// <param name="problem">Why it must not run.</param>
    public bool TryFind(Launch launch, out HostUser? user, [NotNullWhen(false)] out string? problem)
    {
        var owner = launch.Spec.Owner ?? $"namespace:{launch.Run.Namespace}";
        user = map?.UserOf(owner);
        problem = map is not null && user is null
            ? $"The user map of this host has no user for the owner '{OneLine.Of(owner)}'." : null;
        return problem is null;
    }

    /// <summary>Tries whether this host may start processes as each user, in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ArgumentException">It may not, or a user does not reach the folder.</exception>
    public void Probe(string folder)
    {
        foreach (var user in map?.Users ?? [])
        {
            try
            {
                var start = new ProcessStartInfo(Programs.FindSystem("true")) { UserName = user.Name };
                start.Environment.Clear();
                using var process = Process.Start(start)!;
                process.WaitForExit();
                start.WorkingDirectory = folder;
                using var inside = Process.Start(start)!;
                inside.WaitForExit();
            }
            catch (Win32Exception refusal)
            {
                const int notPermitted = 1;
                throw new ArgumentException(refusal.NativeErrorCode == notPermitted
                    ? $"This host may not start processes as the user {user.Name} of the user map: run it as root "
                        + "(or with CAP_SETUID, CAP_SETGID, CAP_CHOWN and CAP_KILL), or leave the map out."
                    : $"The user {user.Name} of the user map does not reach {folder}: let others pass it and the "
                        + "folders above (chmod o+x), or put the data folder elsewhere.", refusal);
            }
        }
    }

    /// <summary>Gives a file or folder to a user.</summary>
    /// <param name="path">The file or folder, in a folder that nobody but this host may write.</param>
    /// <param name="user">The user; null: the one of this host, whose it is.</param>
    /// <exception cref="IOException">It cannot be given.</exception>
    public static void Give(string path, HostUser? user)
    {
        if (user is not null && ChangeOwner(path, user.Uid, user.Gid) != 0)
            throw new IOException($"{path} cannot be given to {user.Name}: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [DllImport("libc", EntryPoint = "lchown", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressMessage("Globalization", "CA2101", Justification = "On Linux the ANSI encoding is UTF-8.")]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint uid, uint gid);
}
