using Jobtree.Actors.Operations;
using Jobtree.Simulation.Faults.Checks;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>
/// Sends commands to whichever silo answers, and sends one again, with the same id, while its fate is unknown. It
/// remembers what was acknowledged.
/// </summary>
/// <param name="world">The fleet.</param>
internal sealed class Client(World world)
{
    private const int TriesMax = 4;
    private const double LostAnswers = 0.03;
    private static readonly long Patience = TimeSpan.FromSeconds(65).Ticks;
    private static readonly long PauseMax = TimeSpan.FromSeconds(40).Ticks;
    private const ulong Gateways = 201;
    private const ulong Answers = 202;
    private const ulong Pauses = 203;

    private readonly List<Command> commands = [];

    /// <summary>All commands, in the order of their first tries.</summary>
    public IReadOnlyList<Command> Commands => commands;

    /// <summary>Sends a command for the first time.</summary>
    public void Do(Command command)
    {
        commands.Add(command);
        command.FirstSent = world.Loop.Now;
        Send(command);
    }

    /// <summary>Sends a command once more, as a client does that cannot know better.</summary>
    public void Send(Command command)
    {
        var key = Chance.KeyOf(command.Operation) + (ulong)command.Tries++;
        command.LastSent = world.Loop.Now;
        var silo = world.Chance.Pick(world.Members, key + Gateways);
        world.Tell?.Invoke(command.Tries == 1 ? command.Words : $"again: {command.Words}");
        var attempt = command.Tries;
        if (silo is not null)
            silo.Gateway.Begin(() => Ask(command, silo, world.Chance.Hits(
                world.Weather.LostAnswers > 0 ? LostAnswers : 0, key, Answers)));
        world.Loop.In(Patience + world.Chance.Below(PauseMax, key, Pauses), () => GiveUp(command, attempt));
    }

    private async Task Ask(Command command, Silo silo, bool losesAnswer)
    {
        try
        {
            var problem = await command.Send(silo.Operations);
            if (losesAnswer || problem is { Code: ProblemCode.Unavailable })
                return;
            command.IsAnswered = true;
            if (problem is null)
                command.Acknowledged ??= world.Loop.Now;
            else
                world.Tell?.Invoke($"refused: {problem.Detail}");
        }
        catch (Exception failure) when (failure is TimeoutException or IOException)
        {
            // The client learns nothing, and tries again later.
        }
        catch (Exception failure)
        {
            world.Watch.Found(new Violation(0, "an operation fails", $"{command.Words}: {failure}"));
        }
    }

    private void GiveUp(Command command, int attempt)
    {
        if (!command.IsAnswered && command.Tries == attempt && attempt < TriesMax)
            Send(command);
    }
}
