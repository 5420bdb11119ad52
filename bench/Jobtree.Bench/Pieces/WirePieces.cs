using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Jobtree.Bench.Pieces;

/// <summary>A message between two silos: the answer to a submission, to bytes and back.</summary>
public class WirePieces
{
    private readonly Serializer serializer = new ServiceCollection().AddSerializer().AddJobtreeWire()
        .BuildServiceProvider().GetRequiredService<Serializer>();

    private Result<RunRecord> answer;
    private byte[] bytes = [];

    /// <summary>Makes the answer.</summary>
    [GlobalSetup]
    public void Make()
    {
        RunRecord? run = null;
        foreach (var change in SampleRecords.LifeOfARun.Take(2))
        {
            var record = JsonSerializer.SerializeToUtf8Bytes(change, RunJson.Default.RunEvent);
            run = RunJournal.Apply(new RunKey("team-0", "train-128"), run, record);
        }
        answer = Results.Of(run!);
        bytes = Write();
    }

    /// <summary>To bytes.</summary>
    [Benchmark]
    public byte[] Write() => serializer.SerializeToArray(answer);

    /// <summary>From bytes.</summary>
    [Benchmark]
    public object? Read() => serializer.Deserialize<Result<RunRecord>>(bytes).Value;
}
