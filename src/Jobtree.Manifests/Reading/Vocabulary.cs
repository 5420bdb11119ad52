using System.Collections.Frozen;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>The words of every enumeration in manifests.</summary>
internal static class Vocabulary
{
    public static readonly Words<NodeState> NodeStates = new(AsNamed);
    public static readonly Words<Sharing> Sharing = new(LowerCase);
    public static readonly Words<UpstreamFailure> UpstreamFailures = new(LowerCase);
    public static readonly Words<LocalityLevel> Levels = new(LowerCase);
    public static readonly Words<LevelPolicy> LevelPolicies = new(LowerCase);
    public static readonly Words<NodeFailurePolicy> NodeFailures = new(LowerCase);
    public static readonly Words<PodFailurePolicy> PodFailures = new(AsNamed);
    public static readonly Words<RunPhase> Phases = new(AsNamed);
    public static readonly Words<ConditionType> Conditions = new(AsNamed);
    public static readonly Words<LeaseRole> Roles = new(AsNamed);
    public static readonly Words<LeaseStartReason> StartReasons = new(AsNamed);
    public static readonly Words<LeaseEndReason> EndReasons = new(AsNamed);
    public static readonly Words<FundingClass> Classes = new(LowerCase);
    public static readonly Words<ReservationState> ReservationStates = new(AsNamed);
    public static readonly Words<MoveCause> MoveCauses = new(AsNamed);
    public static readonly Words<StartBasis> StartBases = new(AsNamed);

    private static string AsNamed(string name) => name;

    private static string LowerCase(string name) => name.ToLowerInvariant();
}

/// <summary>The words that manifests use for the values of an enumeration.</summary>
/// <param name="spell">Converts the name of a value to its word.</param>
internal sealed class Words<TEnum>(Func<string, string> spell)
    where TEnum : struct, Enum
{
    private readonly FrozenDictionary<string, TEnum> values = Enum.GetValues<TEnum>().ToFrozenDictionary(
        value => spell(value.ToString()), StringComparer.Ordinal);
    private readonly FrozenDictionary<TEnum, string> spellings = Enum.GetValues<TEnum>().ToFrozenDictionary(
        value => value, value => spell(value.ToString()));
    private readonly string[] words = [.. Enum.GetNames<TEnum>().Select(spell)];

    /// <summary>Completes "must be".</summary>
    public string Allowed => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

    public string this[TEnum value] => spellings[value];

    public bool TryParse(string text, out TEnum value) => values.TryGetValue(text, out value);
}
