using System.CommandLine;
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
        var links = new Option<bool>("--links")
        {
            Description = "Keep silos from reaching each other too: each is on a host of a network of its own, which "
                + "needs root and iproute2.",
        };
        var command = new RootCommand(
            "Kills, pauses and stops the silos of a real cluster and its Redis under load, while nodes fail, drain " +
            "and come back and budgets change, and checks after each round of faults that nothing " +
            "was lost and nothing done twice.")
        {
            minutes, silos, seed, rate, round, folder, links,
        };
        command.SetAction(async (parsed, _) =>
        {
            var settings = new ChaosSettings(
                TimeSpan.FromMinutes(Math.Clamp(parsed.GetValue(minutes), 0.1, 1440)),
                Math.Clamp(parsed.GetValue(silos), 3, 7),
                parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000),
                Math.Clamp(parsed.GetValue(rate), 1, 5000),
                TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(round), 5, 600)),
                parsed.GetValue(folder)?.FullName,
                parsed.GetValue(links));
            if (RedisServer.Program is null)
            {
                await Console.Error.WriteLineAsync(
                    "jobtree: there is no redis-server on PATH (Debian's package redis-server).");
                return 2;
            }
            if (settings.BreaksLinks && SmallNetwork.WhatIsMissing() is { } missing)
            {
                await Console.Error.WriteLineAsync($"jobtree: --links: {missing}");
                return 2;
            }
            using var stop = new StopSignals();
            return await ChaosSession.Run(settings, stop);
        });
        return command;
    }
}
