using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>The words of every enumeration in manifests.</summary>
internal static class Vocabulary
{
    public static readonly Words<NodeState> NodeStates = new(AsNamed);
    public static readonly Words<Sharing> Sharing = new(LowerCase);
    public static readonly Words<UpstreamFailure> UpstreamFailures = new(LowerCase);
    public static readonly Words<RunPhase> Phases = new(AsNamed);
    public static readonly Words<ConditionType> Conditions = new(AsNamed);
    public static readonly Words<LeaseRole> Roles = new(AsNamed);
    public static readonly Words<LeaseStartReason> StartReasons = new(AsNamed);
    public static readonly Words<LeaseEndReason> EndReasons = new(AsNamed);
    public static readonly Words<FundingClass> Classes = new(LowerCase);
    public static readonly Words<ReservationState> ReservationStates = new(AsNamed);

    private static string AsNamed(string name) => name;

    private static string LowerCase(string name) => name.ToLowerInvariant();
}
