using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes documents of kind Lease; the older form of kind GPULease is read by <see cref="GpuLeaseReader"/>.
/// </summary>
internal static class LeaseReader
{
    private static readonly Form<LeaseRole> Role = Forms.OneOf(Vocabulary.Roles);
    private static readonly Form<LeaseStartReason> StartReason = Forms.OneOf(Vocabulary.StartReasons);
    private static readonly Form<LeaseEndReason> EndReason = Forms.OneOf(Vocabulary.EndReasons);
    private static readonly Form<FundingClass> Class = Forms.OneOf(Vocabulary.Classes);

    public static LeaseManifest Read(FieldReader document)
    {
        var metadata = document.OptionalSection("metadata", MetadataReader.Unnamed);
        var lease = document.Section("spec", spec => ReadSpec(spec, metadata?.Namespace));
        return document.OptionalSection("status", status => ReadStatus(status, lease)) ?? new LeaseManifest(lease);
    }

    private static Lease ReadSpec(FieldReader spec, string? home)
    {
        var lease = new Lease
        {
            Id = spec.Or("id", Forms.LeaseId, 0),
            Run = SlotReader.ReadRun(spec, home),
            Group = spec.Or("group", Forms.Index, 0),
            Chunk = spec.Or("chunk", Forms.Index, 0),
            Slots = SlotReader.Read(spec, "slots", Forms.Slots),
            Role = spec.Or("role", Role, LeaseRole.Active),
            Payer = spec.OptionalValue("payer", Forms.Payer),
            Start = spec.Required("start", Forms.Time),
            Reason = spec.Or("reason", StartReason, LeaseStartReason.Start),
        };
        spec.Check(lease.Slots.Count > 0, "slots", "must hold at least 1 item: a lease holds something");
        return lease;
    }

    private static LeaseManifest ReadStatus(FieldReader status, Lease lease) => new(
        lease,
        status.OptionalSection("end", end => ReadEnd(end, lease)),
        status.OptionalValue("class", Class));

    private static LeaseEnd ReadEnd(FieldReader section, Lease lease)
    {
        var end = new LeaseEnd(
            lease.Id,
            lease.Run,
            section.Required("time", Forms.Time),
            section.Required("reason", EndReason),
            section.Optional("seed", Forms.Seed));
        section.Check(end.At >= lease.Start, "time", "must not be before spec.start");
        section.Check(
            end.Seed is null || end.Reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt,
            "seed", "is allowed only with the reasons ReclaimUnfunded and RandomPreempt");
        return end;
    }
}
