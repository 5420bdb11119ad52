using System.Buffers;
using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Session;

namespace Jobtree.Grains.Tests.Wire;

/// <summary>
/// What crosses between silos comes out as it went in, whoever wrote it, and nothing else comes out at all.
/// </summary>
public sealed class WireTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().AddJobtreeWire()
        .BuildServiceProvider();

    private static readonly RunFact Fact = new()
    {
        Sequence = 7,
        Flavor = "H100",
        Run = new RunKey("default", "train"),
        At = At,
        Kind = RunFactKind.Started,
        Attempt = 1,
        Gpus = 8,
        Leases = [new Lease { Id = 3, Run = new RunKey("default", "train"), Slots = [new NodeSlots("n0", 0xff)],
            Start = At, Payer = new EnvelopeKey("lab", "base") }],
    };

    [Fact]
    public void A_fact_keeps_the_leases_that_journals_leave_out()
    {
        var read = Through<Result<RunFact>>(Fact).Value!;
        Assert.Equal(Fact with { Leases = null }, read with { Leases = null });
        Assert.Equal(Fact.Leases![0].Slots, Assert.Single(read.Leases!).Slots);
        Assert.Equal(new EnvelopeKey("lab", "base"), read.Leases![0].Payer);
    }

    [Fact]
    public void A_problem_comes_through_as_one()
    {
        var problem = Through<Result<RunRecord>>(new Problem(ProblemCode.Conflict, "It runs.", ["one", "two"]))
            .Problem!;
        Assert.Equal((ProblemCode.Conflict, "It runs."), (problem.Code, problem.Detail));
        Assert.Equal(["one", "two"], problem.Errors!);
    }

    [Fact]
    public void Manifests_of_all_kinds_are_told_apart_in_lists_of_any_making()
    {
        var node = new NodeManifest(new Node { Name = "n0", Flavor = "H100", Gpus = 8 });
        var run = new RunManifest(new RunKey("default", "train"),
            new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }, null, null);
        foreach (var list in new IReadOnlyList<Manifest>[] { [node, run], new List<Manifest> { node, run },
            new Manifest[] { node, run } })
        {
            var read = Through(list);
            Assert.Equal("n0", Assert.IsType<NodeManifest>(read[0]).Node.Name);
            Assert.Equal(8, Assert.IsType<RunManifest>(read[1]).Spec.Resources.TotalGPUs);
        }
        IReadOnlyList<string> made = [.. new[] { "a", "b" }.Where(_ => true)];
        Assert.Equal(["a", "b"], Through(made));
    }

    [Fact]
    public void Inside_a_silo_records_are_handed_over_as_they_are() =>
        Assert.Same(Fact, Services.GetRequiredService<DeepCopier>().Copy(Fact));

    [Fact]
    public void A_member_that_a_later_version_added_is_skipped_and_one_that_an_earlier_lacks_has_its_default()
    {
        var bytes = Bytes(Fact with { Leases = null, Seed = "abc" });
        // The same length, so that the message stays whole: a member that this version has never heard of, and none of
        // that name.
        Replace(bytes, "\"Seed\"", "\"Sxxd\"");
        Assert.Equal(Fact with { Leases = null }, Read<RunFact>(bytes));
    }

    [Fact]
    public void A_later_format_is_refused_with_what_to_do()
    {
        var bytes = Bytes(Fact);
        var content = bytes.AsSpan().IndexOf("{\"Sequence\""u8);
        Assert.Equal(WireCodec.Version, bytes[content - 1]);
        bytes[content - 1] = WireCodec.Version + 1;
        Assert.Contains("Upgrade this silo first", Assert.ThrowsAny<Exception>(() => Read<RunFact>(bytes)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A message of a hundred bytes must not make its reader reserve gigabytes.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 12)]
    [InlineData(1 << 28)]
    [InlineData(int.MaxValue)]
    [InlineData(1u << 31)]
    [InlineData(uint.MaxValue)]
    public void A_length_beyond_the_message_is_refused_before_room_is_made_for_it(uint length)
    {
        var hostile = Bytes(Fact);
        var content = hostile.AsSpan().IndexOf("{\"Sequence\""u8);
        var told = Number((uint)JsonSerializer.SerializeToUtf8Bytes(Fact, WireJson.Options).Length + 1);
        Assert.Equal(told, hostile[(content - 1 - told.Length)..(content - 1)]);
        hostile = [.. hostile[..(content - 1 - told.Length)], .. Number(length), .. hostile[(content - 1)..]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<SerializerException>(() => Read<RunFact>(hostile));
        Assert.Contains("is broken", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        static byte[] Number(uint value)
        {
            using var session = Services.GetRequiredService<SerializerSessionPool>().GetSession();
            var buffer = new ArrayBufferWriter<byte>();
            var writer = Writer.Create(buffer, session);
            writer.WriteVarUInt32(value);
            writer.Commit();
            return buffer.WrittenSpan.ToArray();
        }
    }

    [Theory]
    [InlineData("Jobtree.Core.Scheduling.RunFact", "System.Diagnostics.Process,Sys.Proc")]
    public void A_type_that_is_none_of_ours_is_never_made(string ours, string other)
    {
        var bytes = Bytes(Fact);
        Replace(bytes, ours, other.PadRight(ours.Length)[..ours.Length]);
        Assert.ThrowsAny<Exception>(() => Read<object>(bytes));
    }

    private static T Through<T>(T value) => Read<T>(Bytes(value));

    private static byte[] Bytes<T>(T value) => Services.GetRequiredService<Serializer>().SerializeToArray(value);

    private static T Read<T>(byte[] bytes) => Services.GetRequiredService<Serializer>().Deserialize<T>(bytes)!;

    private static void Replace(byte[] bytes, string old, string with)
    {
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(old));
        Assert.True(at >= 0, $"'{old}' is not in the message.");
        Encoding.UTF8.GetBytes(with).CopyTo(bytes, at);
    }
}
