using System.Net;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>
/// Sets the wall clock of one silo at a time, and puts it right. Whether the ledgers follow it is seen in the ledgers:
/// see <see cref="JournalCheck"/>.
/// </summary>
internal sealed class ClockFaults(ApiClients api, Findings findings) : IDisposable
{
    /// <summary>A clock that is wrong by less may be followed, little by little.</summary>
    private static readonly TimeSpan StepMin = TimeSpan.FromSeconds(10);

    /// <summary>How soon a silo should say that its clock stepped.</summary>
    private static readonly TimeSpan SayPatience = TimeSpan.FromSeconds(20);

    // A few seconds are followed; more is told.
    private static readonly int[] SecondsDrawn = [2, 4, 7, 20, 60, 180, 600, 86_400];

    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>Sets the clock of a silo, or has it begin anew under a wrong one, and puts it right later.</summary>
    /// <param name="kind">Which of both.</param>
    /// <param name="silo">Whose.</param>
    /// <param name="time">For how long.</param>
    /// <param name="dice">Draws by how much it is wrong.</param>
    /// <param name="isAlone">Whether nothing else was done meanwhile.</param>
    public async Task Set(FaultKind kind, SiloProcess silo, TimeSpan time, int dice, Func<bool> isAlone)
    {
        var seconds = SecondsDrawn[dice / 2 % SecondsDrawn.Length];
        var offset = TimeSpan.FromSeconds(dice % 2 == 0 ? seconds : -seconds);
        await gate.WaitAsync();
        try
        {
            var starts = silo.Starts;
            silo.Clock!.Set(offset);
            if (kind == FaultKind.BeginWithWrongClock)
            {
                await silo.Kill(TimeSpan.Zero);
                // It begins, joins, and is wrong for some more time.
                await Patience.Within(SayPatience, async () => silo.Starts > starts && await IsReady(silo));
            }
            else if (offset.Duration() >= StepMin && !await Patience.Within(SayPatience,
                async () => silo.Starts > starts || await SaysSo(silo)) && isAlone())
                findings.Add($"The wall clock of silo {silo.Index} stepped by {offset}, and "
                    + $"{SayPatience.TotalSeconds:0} s later its /readyz had not said so.");
            await Task.Delay(time);
        }
        finally
        {
            silo.Clock!.Set(TimeSpan.Zero);
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<bool> IsReady(SiloProcess silo) =>
        await api.Ask(silo, "/readyz", CancellationToken.None) is { Status: HttpStatusCode.OK };

    private async Task<bool> SaysSo(SiloProcess silo) =>
        await api.Ask(silo, "/readyz", CancellationToken.None) is { Body: var body }
        && body.Contains("it stepped", StringComparison.Ordinal);
}
