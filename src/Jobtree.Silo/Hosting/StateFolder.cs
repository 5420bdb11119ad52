using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>The folder for the little that a silo of a cluster keeps by itself: what it knows of Redis.</summary>
internal static partial class StateFolder
{
    /// <summary>The folder of the service manager, or else of the user.</summary>
    public static string Usual { get; } =
        // systemd names several folders with colons between them.
        Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } given ? given.Split(':')[0]
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? state
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
            "jobtree");

    /// <summary>The folder to use; null: none was named, and the usual one cannot be written.</summary>
    /// <param name="named">The folder that was named, if one was.</param>
    /// <param name="logger">Told if there is no folder.</param>
    public static string? Choose(string? named, ILogger logger)
    {
        if (named is not null)
            return named;
        try
        {
            Directory.CreateDirectory(Usual);
            using (File.Create(Path.Combine(Usual, Path.GetRandomFileName()), 1, FileOptions.DeleteOnClose))
                return Usual;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            NoFolder(logger, Usual);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Folder} cannot be written, so this silo knows only while it runs what Redis must have: if all "
            + "silos stop and Redis loses records meanwhile, nobody notices. Name a folder with --state-folder.")]
    private static partial void NoFolder(ILogger logger, string folder);
}
