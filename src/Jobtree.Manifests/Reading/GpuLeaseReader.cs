using Jobtree.Manifests.Tree;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Decodes the older form of a lease: kind GPULease, with a slice, an interval, and a payer spread over several fields.
/// </summary>
internal static class GpuLeaseReader
{
    private static readonly Form<LeaseRole> Role = Forms.OneOf(Vocabulary.Roles);
    private static readonly Form<LeaseStartReason> StartReason = Forms.OneOf(Vocabulary.StartReasons);
    private static readonly Form<(LeaseEndReason Reason, string? Seed)> Closure = new(ValueKind.Text,
        $"{Vocabulary.EndReasons.Allowed}, the last two perhaps with a seed as in RandomPreempt(0x1f)", TryClosure);

    public static LeaseManifest Read(FieldReader document)
    {
        var metadata = document.OptionalSection("metadata", MetadataReader.Unnamed);
        var lease = document.Section("spec", spec => ReadSpec(spec, metadata?.Namespace));
        return document.OptionalSection("status", status => ReadStatus(status, lease)) ?? new LeaseManifest(lease);
    }

    private static Lease ReadSpec(FieldReader spec, string? home)
    {
        spec.Ignore("owner", "compPath", "paidByBudgetNamespace", "paidByPrincipal", "snapshotVersion");
        var lease = spec.Section("slice", slice => new Lease
        {
            Id = 0,
            Run = default,
            Slots = SlotReader.Read(slice, "nodes", Forms.Slots),
            Role = slice.Or("role", Role, LeaseRole.Active),
            Start = default,
        });
        lease = lease with
        {
            Run = SlotReader.ReadRun(spec, home),
            Start = spec.Section("interval", ReadInterval),
            Payer = ReadPayer(spec),
            Reason = spec.Or("reason", StartReason, LeaseStartReason.Start),
        };
        spec.Check(lease.Slots.Count > 0, "slice.nodes", "must hold at least 1 item: a lease holds something");
        return lease;
    }

    private static DateTimeOffset ReadInterval(FieldReader interval)
    {
        interval.OptionalValue("end", Forms.Time);
        return interval.Required("start", Forms.Time);
    }

    private static EnvelopeKey? ReadPayer(FieldReader spec)
    {
        var budget = spec.Optional("paidByBudget", Forms.Name);
        return spec.Optional("paidByEnvelope", Forms.Name) is { } envelope ? new EnvelopeKey(budget ?? "", envelope)
            : null;
    }

    private static LeaseManifest ReadStatus(FieldReader status, Lease lease)
    {
        status.Ignore("conditions");
        if (!status.Or("closed", Forms.Flag, false))
        {
            status.Ignore("ended", "closureReason");
            return new LeaseManifest(lease);
        }
        var ended = status.Required("ended", Forms.Time);
        var (reason, seed) = status.Required("closureReason", Closure);
        status.Check(ended >= lease.Start, "ended", "must not be before spec.interval.start");
        return new LeaseManifest(lease, new LeaseEnd(lease.Id, lease.Run, ended, reason, seed));
    }

    private static bool TryClosure(string text, out (LeaseEndReason Reason, string? Seed) closure)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var seed = open > 0 && text[^1] == ')' ? text[(open + 1)..^1] : null;
        if (seed is not null && seed.StartsWith("0x", StringComparison.Ordinal))
            seed = seed[2..];
        var known = Vocabulary.EndReasons.TryParse(seed is null ? text : text[..open], out var reason);
        closure = (reason, seed);
        return known && (seed is null
            || (reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt && Names.IsSeed(seed)));
    }
}
