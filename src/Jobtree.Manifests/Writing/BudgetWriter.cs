using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes the <c>spec</c> of a Budget.</summary>
internal static class BudgetWriter
{
    public static void Write(IManifestSink sink, Budget budget)
    {
        sink.Field("owner", budget.Owner);
        sink.Texts("parents", budget.Parents);
        sink.Objects("envelopes", budget.Envelopes, WriteEnvelope);
        sink.Objects("aggregateCaps", budget.AggregateCaps, WriteCap);
        sink.Objects("grants", budget.Grants ?? [], WriteGrant);
        sink.Section("autoRenew", budget.AutoRenew, (to, renew) => to.Field("notifyBefore", renew.NotifyBefore));
    }

    private static void WriteEnvelope(IManifestSink sink, Envelope envelope)
    {
        sink.Field("name", envelope.Name);
        sink.Field("flavor", envelope.Flavor);
        sink.Map("selector", envelope.Selector);
        sink.Field("concurrency", envelope.Concurrency);
        sink.Field("start", envelope.Start);
        sink.Field("end", envelope.End);
        sink.Field("maxGPUHours", envelope.MaxGPUHours);
        sink.FieldUnless("sharing", envelope.Sharing, Sharing.Family, Vocabulary.Sharing);
        sink.Section("preActivation", envelope.PreActivation, WritePreActivation);
        sink.Section("lending", envelope.Lending, WriteLending);
    }

    private static void WritePreActivation(IManifestSink sink, PreActivation allowed)
    {
        sink.Field("allowReservations", allowed.AllowReservations);
        sink.Field("allowAdmission", allowed.AllowAdmission);
    }

    private static void WriteLending(IManifestSink sink, Lending lending)
    {
        sink.Field("allow", lending.Allow);
        sink.Texts("to", lending.To);
        sink.Field("maxConcurrency", lending.MaxConcurrency);
    }

    private static void WriteGrant(IManifestSink sink, Grant grant)
    {
        sink.Field("to", grant.To);
        sink.Field("flavor", grant.Flavor);
        sink.Field("concurrency", grant.Concurrency);
        sink.Field("start", grant.Start);
        sink.Field("end", grant.End);
    }

    private static void WriteCap(IManifestSink sink, AggregateCap cap)
    {
        sink.Field("name", cap.Name);
        sink.Field("flavor", cap.Flavor);
        sink.Texts("envelopes", cap.Envelopes);
        sink.Field("maxConcurrency", cap.MaxConcurrency);
        sink.Field("maxGPUHours", cap.MaxGPUHours);
    }
}
