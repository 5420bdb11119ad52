using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Properties;

/// <summary>Random fleets, budgets and commands: what must hold after every step, whatever came before it.</summary>
public sealed class FleetProperties
{
    private const int Commands = 60;

    [Fact]
    public async Task Every_invariant_holds_after_every_step()
    {
        var (cuts, assignments, happened) = (0, 0, new Dictionary<string, int>());
        for (var seed = 0; seed < 100; seed++)
        {
            var witness = await Watched(seed, happened);
            (cuts, assignments) = (cuts + witness.CutsChecked, assignments + witness.AssignmentsChecked);
        }
        Assert.True(cuts > 100, $"Only {cuts} cuts were looked at.");
        Assert.True(assignments > 25, $"Only {assignments} leases were given a payer.");
        foreach (var what in new[] { "Grow", "Swap", "Shrink", "NodeFailure", "ReclaimedBySpare", "filler" })
            Assert.True(happened.GetValueOrDefault(what) > 0, $"{what} never happened.");
    }

    [Fact]
    public async Task A_promised_start_moves_later_only_for_a_true_cause()
    {
        var moves = new Dictionary<MoveCause, long>();
        for (var seed = 1000; seed < 1160; seed++)
        {
            var replay = Replay(await Ledger(seed, Restarts.Never));
            replay.Finish();
            Assert.Empty(replay.Violations);
            foreach (var cause in Enum.GetValues<MoveCause>())
                moves[cause] = moves.GetValueOrDefault(cause) + replay.State.PromiseMoves.Of(cause);
        }
        Assert.True(moves[MoveCause.Outlasted] > 50
            && moves.Sum(cause => cause.Value) - moves[MoveCause.Outlasted] > 3,
            $"Too few promises moved: {string.Join(", ", moves)}.");
    }

    [Fact]
    public void Every_invariant_holds_from_any_seed() => ForAnySeed(12, async seed => await Watched(seed));

    [Theory]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public void A_fleet_that_is_built_again_after_every_step_decides_the_same(Restarts restarts) =>
        ForAnySeed(10, async seed => AssertSame(await Ledger(seed, Restarts.Never), await Ledger(seed, restarts)));

    [Fact]
    public void A_copy_decides_the_same() => ForAnySeed(20, CopiedAfterHalf);

    private static async Task CopiedAfterHalf(int seed)
    {
        await using var fleet = new StepFleet(Restarts.Never);
        var commands = await Advanced(seed, fleet);
        var asked = (await fleet.Operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax })).Value!.Items;
        var copy = (await FleetCopy.Take(fleet.Actors, asked.Select(run => run.Key), fleet.Now)).Value!;
        var seen = fleet.Journals.Ledger("H100").Count();
        await using var scratch = new StepFleet(Restarts.Never);
        var same = await Advanced(seed, scratch);
        var last = copy.Runs.ToDictionary(
            run => new ActorKey(ActorKind.Run, run.Key.ToString()), run => run.Version);
        foreach (var flavor in copy.Flavors) // None, if what the fleet was to begin with was refused.
            last.Add(new ActorKey(ActorKind.Flavor, flavor.Name), flavor.Copy.State.Sequence);
        await using var copied = await StepFleet.From(copy.At, last, copy.Open);
        for (var i = Commands / 2; i < Commands; i++)
        {
            await commands.Next(fleet);
            await fleet.Step();
            await same.Next(copied);
            await copied.Step();
        }
        AssertSame([.. fleet.Journals.Ledger("H100").Skip(seen)], [.. copied.Journals.Ledger("H100")]);
    }

    [Fact]
    public void The_same_commands_give_the_same_ledger() => ForAnySeed(
        10, async seed => AssertSame(await Ledger(seed, Restarts.Never), await Ledger(seed, Restarts.Never)));

    [Fact]
    public void A_changed_byte_is_found() => ForAnySeed(6, async seed =>
    {
        var ledger = await Ledger(seed, Restarts.Never);
        var head = Replay(ledger).State.Head;
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var changed = ledger.Select(entry => entry.ToArray()).ToArray();
            var entry = changed[random.Next(changed.Length)];
            entry[random.Next(entry.Length)] ^= (byte)(1 << random.Next(8));
            var replay = Replay(changed);
            Assert.True(replay.IsBroken || replay.State.Head != head,
                $"A changed byte was not found, seed {seed}, change {i}.");
        }
        Assert.True(Replay(ledger[1..]).IsBroken, $"{ledger.Length} entries, seed {seed}");
        Assert.True(Replay([.. ledger[..2], .. ledger[3..]]).IsBroken);
        Assert.True(Replay([.. ledger, ledger[^1]]).IsBroken);
    });

    private static void AssertSame(byte[][] expected, byte[][] actual)
    {
        for (var i = 0; i < Math.Min(expected.Length, actual.Length); i++)
            Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]),
                $"Entry {i + 1} differs:\n{Encoding.UTF8.GetString(expected[i])}\n" +
                $"{Encoding.UTF8.GetString(actual[i])}");
        Assert.Equal(expected.Length, actual.Length);
    }

    private static LedgerReplay Replay(byte[][] ledger)
    {
        var replay = new LedgerReplay("H100");
        for (var i = 0; i < ledger.Length; i++)
            replay.Read(ledger[i], $"entry {i + 1}");
        return replay;
    }

    private static async Task<FleetWitness> Watched(int seed, Dictionary<string, int>? happened = null)
    {
        await using var fleet = new StepFleet(Restarts.Never);
        var witness = new FleetWitness(fleet);
        var commands = new RandomCommands(seed);
        var step = 0;
        try
        {
            await fleet.Operations.Apply(commands.Begin(), "op-0");
            await fleet.Step();
            for (; step < Commands; step++)
            {
                await witness.Check();
                await commands.Next(fleet);
                await fleet.Step();
            }
            await witness.Check();
            await witness.CheckMeters();
            foreach (var what in happened is null ? [] : witness.Happened)
                happened![what] = happened.GetValueOrDefault(what) + 1;
        }
        catch (Exception failure)
        {
            var last = string.Join('\n', fleet.Journals.Ledger("H100").TakeLast(12).SelectMany(Stories.LedgerText.Of));
            throw new InvalidOperationException(
                $"Seed {seed}, step {step}: {failure.Message}\nThe last entries:\n{last}", failure);
        }
        return witness;
    }

    /// <summary>Carries out half of the commands on a fleet.</summary>
    private static async Task<RandomCommands> Advanced(int seed, StepFleet fleet)
    {
        var commands = new RandomCommands(seed);
        await fleet.Operations.Apply(commands.Begin(), "op-0");
        await fleet.Step();
        for (var i = 0; i < Commands / 2; i++)
        {
            await commands.Next(fleet);
            await fleet.Step();
        }
        return commands;
    }

    private static async Task<byte[][]> Ledger(int seed, Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        var commands = new RandomCommands(seed);
        await fleet.Operations.Apply(commands.Begin(), "op-0");
        await fleet.Step();
        for (var i = 0; i < Commands; i++)
        {
            await commands.Next(fleet);
            await fleet.Step();
        }
        return [.. fleet.Journals.Ledger("H100")];
    }

    // FsCheck prints the seed of a failure; the property itself is asynchronous, and everything in it completes at
    // once.
    private static void ForAnySeed(int tests, Func<int, Task> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(seed).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests));
}
