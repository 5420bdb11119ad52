using System.Collections.Frozen;
using System.Globalization;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>
/// The hash in Redis that says how far everything was written: the id of the store, the last batch of each silo, the
/// last record of each flavor and of the directory, and, if records were lost, what silos found. The script that
/// appends records keeps it up to date in the same step.
/// </summary>
internal sealed record StoreTable
{
    /// <summary>The field with the id.</summary>
    public const string IdField = "id";

    /// <summary>The field that stops all appends; its value is when the loss was found, in Unix milliseconds.</summary>
    public const string LostField = "lost";

    /// <summary>The field with the time up to which marks of silos that are gone were removed.</summary>
    public const string PrunedField = "pruned";

    /// <summary>The field with the <c>run_id</c> of the Redis that last began a new append-only file.</summary>
    public const string ServerField = "server";

    /// <summary>The id; absent: the store is new, or has lost it.</summary>
    public string? Id { get; private init; }

    /// <summary>The value of <see cref="LostField"/>; absent: no loss was found.</summary>
    public string? Lost { get; private init; }

    /// <summary>The value of <see cref="ServerField"/>; absent: none has yet.</summary>
    public string? Server { get; private init; }

    /// <summary>Marks of this time or earlier may have been removed.</summary>
    public long PrunedUpTo { get; private init; } = long.MinValue;

    /// <summary>The last batch of each silo.</summary>
    public IReadOnlyDictionary<string, StoreMark> Marks { get; private init; } =
        FrozenDictionary<string, StoreMark>.Empty;

    /// <summary>The last record of each flavor and of the directory.</summary>
    public IReadOnlyDictionary<string, StoreHead> Heads { get; private init; } =
        FrozenDictionary<string, StoreHead>.Empty;

    /// <summary>The ids that the store had before losses that were accepted.</summary>
    public IReadOnlySet<string> Accepted { get; private init; } = FrozenSet<string>.Empty;

    /// <summary>The loss that silos found; absent: none.</summary>
    public StoreLoss? Loss { get; private init; }

    /// <summary>The field of a silo's mark.</summary>
    public static string MarkField(string silo) => $"m:{silo}";

    /// <summary>The value of a silo's mark.</summary>
    public static string MarkOf(long number, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {at.ToUnixTimeSeconds()}");

    /// <summary>The value of a head.</summary>
    public static string HeadOf(StoreHead head) =>
        string.Create(CultureInfo.InvariantCulture, $"{head.Sequence} {head.Link}");

    /// <summary>Reads the fields. Those that this version does not know are left alone.</summary>
    public static StoreTable Of(HashEntry[] fields)
    {
        var marks = new Dictionary<string, StoreMark>();
        var heads = new Dictionary<string, StoreHead>();
        var accepted = new HashSet<string>();
        var table = new StoreTable();
        foreach (var (name, value) in fields.Select(field => (field.Name.ToString(), field.Value.ToString())))
        {
            var words = value.Split(' ');
            if (name == IdField)
                table = table with { Id = value };
            else if (name == LostField)
                table = table with { Lost = value };
            else if (name == ServerField)
                table = table with { Server = value };
            else if (name == PrunedField)
                table = table with { PrunedUpTo = Number(value) };
            else if (name.StartsWith("m:", StringComparison.Ordinal))
                marks[name[2..]] = new StoreMark(Number(words[0]), words.Length > 1 ? Number(words[1]) : 0);
            else if (name.StartsWith("h:", StringComparison.Ordinal))
                heads[name[2..]] = new StoreHead(Number(words[0]), words.Length > 1 ? words[1] : "");
            else if (name.StartsWith("a:", StringComparison.Ordinal))
                accepted.Add(name[2..]);
        }
        return table with
        {
            Marks = marks,
            Heads = heads,
            Accepted = accepted,
            Loss = table.Lost is { } since
                ? StoreLoss.Of(DateTimeOffset.FromUnixTimeMilliseconds(Number(since)), fields) : null,
        };
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
