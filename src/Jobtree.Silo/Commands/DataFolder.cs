namespace Jobtree.Silo.Commands;

/// <summary>The data folder of a host.</summary>
internal static class DataFolder
{
    /// <summary>Creates the folder for its owner only, unless it exists.</summary>
    /// <exception cref="IOException">The path cannot be created, or is no folder.</exception>
    public static void Prepare(string folder)
    {
        if (Directory.Exists(folder))
            return;
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
