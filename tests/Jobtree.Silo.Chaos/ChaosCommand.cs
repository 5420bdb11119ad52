using System.CommandLine;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos;

/// <summary><c>jobtree-chaos</c>.</summary>
internal static class ChaosCommand
{
    public static RootCommand Create()
    {
        var minutes = new Option<double>(
            "--minutes") { Description = "How long faults are done, 0.1 to 1440.", DefaultValueFactory = _ => 5 };
        var silos = new Option<int>("--silos") { Description = "How many silos, 3 to 7.", DefaultValueFactory = _ =>
            3 };
        var seed = new Option<int?>(
            "--seed") { Description = "Draws the faults and the runs. Default: another one each time, which is " +
                "printed." };
        var rate = new Option<double>(
            "--rate") { Description = "Submissions a second, 1 to 5000.", DefaultValueFactory = _ => 200 };
        var round = new Option<double>("--round") { Description = "Seconds of faults between two checks, 5 to 600.",
            DefaultValueFactory = _ => 30 };
        var folder = new Option<DirectoryInfo?>(
            "--folder") { Description = "Keep logs and Redis' file here. Default: a temporary folder, removed when " +
                "nothing was found to be broken." };
        var faults = new Option<string[]>("--faults")
        {
            Description = $"What is done, of {string.Join(", ", FaultGroup.All.Select(group => group.Name))}; "
                + "processes are always among it. Default: all that this machine allows.",
            AllowMultipleArgumentsPerToken = true,
        };
        var oneMachine = new Option<bool>("--one-machine")
        {
            Description = "One silo with little memory, which keeps its journal on a disk that fails and is full.",
        };
        var command = new RootCommand(
            "Kills, pauses and stops the silos of a real cluster and its Redis under load, while nodes fail, drain " +
            "and come back and budgets change, and checks after each round of faults that nothing " +
            "was lost and nothing done twice.")
        {
            minutes, silos, seed, rate, round, folder, faults, oneMachine,
        };
        command.SetAction(async (parsed, _) =>
        {
            var isOneMachine = parsed.GetValue(oneMachine);
            if (!isOneMachine && RedisServer.Program is null)
                return await Refuse("there is no redis-server on PATH (Debian's package redis-server).");
            if ((isOneMachine ? [] : await Choose(parsed.GetValue(faults) ?? [])) is not { } chosen)
                return 2;
            var settings = new ChaosSettings(
                TimeSpan.FromMinutes(Math.Clamp(parsed.GetValue(minutes), 0.1, 1440)),
                Math.Clamp(parsed.GetValue(silos), 3, 7),
                parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000),
                Math.Clamp(parsed.GetValue(rate), 1, 5000),
                TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(round), 5, 600)),
                parsed.GetValue(folder)?.FullName,
                chosen);
            using var stop = new StopSignals();
            return await ChaosSession.Run(settings, stop);
        });
        return command;
    }

    /// <summary>What is asked for, or all that can be done here; null: something that cannot be is asked for.</summary>
    private static async Task<IReadOnlyList<FaultGroup>?> Choose(IEnumerable<string> names)
    {
        string[] asked = [.. names.SelectMany(name => name.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        foreach (var name in asked)
        {
            if (FaultGroup.All.SingleOrDefault(group => group.Name == name) is not { } group)
                await Refuse($"--faults: '{name}' is unknown; known are: "
                    + $"{string.Join(", ", FaultGroup.All.Select(known => known.Name))}.");
            else if (group.WhatIsMissing() is { } missing)
                await Refuse($"--faults {name}: {missing}");
            else
                continue;
            return null;
        }
        var chosen = new List<FaultGroup> { FaultGroup.Processes };
        foreach (var group in FaultGroup.All.Except(chosen).Where(group => asked.Length == 0
            || asked.Contains(group.Name)))
        {
            if (group.WhatIsMissing() is { } missing)
                await Console.Out.WriteLineAsync($"Left out: {group.Name}. {missing}");
            else
                chosen.Add(group);
        }
        return chosen;
    }

    private static async Task<int> Refuse(string why)
    {
        await Console.Error.WriteLineAsync($"jobtree: {why}");
        return 2;
    }
}
