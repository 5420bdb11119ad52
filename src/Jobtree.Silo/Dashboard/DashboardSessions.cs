using System.Security.Cryptography;
using System.Text;

namespace Jobtree.Silo.Dashboard;

/// <summary>
/// The sessions of this silo's dashboard. A browser sends no bearer token with a page's own requests, so it gets a
/// random key in a cookie. The token is not stored, and a key is valid only for the dashboard of this process.
/// </summary>
internal sealed class DashboardSessions(TimeProvider time)
{
    /// <summary>How long a session lasts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private const int SessionsMax = 256;
    private const int KeyBytes = 32;

    private readonly Lock one = new();
    private readonly Dictionary<string, DateTimeOffset> sessions = new(StringComparer.Ordinal);

    /// <summary>Begins a session and returns its key.</summary>
    /// <param name="ends">When the token ends that it begins with; absent: not by itself.</param>
    public string Begin(DateTimeOffset? ends = null)
    {
        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(KeyBytes));
        var now = time.GetUtcNow();
        lock (one)
        {
            foreach (var (expired, _) in sessions.Where(session => session.Value <= now).ToList())
                sessions.Remove(expired);
            if (sessions.Count >= SessionsMax)
                sessions.Remove(sessions.MinBy(session => session.Value).Key);
            sessions.Add(Hash(key), ends < now + Lifetime ? ends.Value : now + Lifetime);
        }

        return key;
    }

    /// <summary>Ends all sessions, since the tokens may have changed.</summary>
    public void End()
    {
        lock (one)
            sessions.Clear();
    }

    /// <summary>Whether a key belongs to a valid session.</summary>
    public bool Has(string? key)
    {
        if (key is not { Length: KeyBytes * 2 })
            return false;
        // Hashes are compared, so the timing reveals nothing about keys.
        var hash = Hash(key);
        lock (one)
            return sessions.TryGetValue(hash, out var ends) && time.GetUtcNow() < ends;
    }

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
}
