using Jobtree.Core.Json;
using Jobtree.Manifests.Reading;

namespace Jobtree.Actors.Reporting;

/// <summary>The end that a workload expects, as it writes it: an instant, or the time that is left.</summary>
public static class ReportedEta
{
    /// <summary>The allowed forms, for error messages.</summary>
    public const string Allowed = $"{Timestamp.Allowed}; or {Duration.Allowed}, counted from now";

    private static readonly TimeSpan LeftMax = TimeSpan.FromDays(3650);

    /// <summary>Reads an instant or a duration.</summary>
    /// <param name="text">The text to read.</param>
    /// <param name="now">The present instant, from which a duration counts.</param>
    /// <param name="eta">The instant, if the text is one.</param>
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset eta)
    {
        eta = default;
        if (text.Length > 64)
            return false;
        if (!Duration.TryParse(text, out var left))
            return Timestamp.TryParse(text, out eta);
        if (left > LeftMax)
            return false;
        eta = now + left;
        return true;
    }
}
