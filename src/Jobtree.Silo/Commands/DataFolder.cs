namespace Jobtree.Silo.Commands;

/// <summary>The data folder of a host.</summary>
internal static class DataFolder
{
    /// <summary>Creates the folder for its owner only, unless it exists.</summary>
    /// <exception cref="IOException">The path cannot be created, is no folder, or everybody may write it.</exception>
    public static void Prepare(string folder)
    {
        if (Directory.Exists(folder))
        {
            // Whoever may write the folder may put another journal in the place of this one. A group may: that is how
            // Kubernetes gives a volume to a process that is not root.
            if (!OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(folder) & UnixFileMode.OtherWrite) != 0)
                throw new IOException(
                    $"The data folder {folder} may be written by every user of this machine: chmod o-w {folder}, or "
                    + "name a folder of its own.");
            return;
        }
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(
                    folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The data folder {folder} cannot be made: {refusal.Message}", refusal);
        }
    }
}
