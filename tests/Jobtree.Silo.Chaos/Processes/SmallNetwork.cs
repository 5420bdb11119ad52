using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// Some hosts on a switch: network namespaces of this machine. What any of them sends to another can be lost, in one
/// direction or both, while both reach everybody else.
/// </summary>
internal sealed class SmallNetwork : IDisposable
{
    /// <summary>Who has this is nobody.</summary>
    private const string NobodysAddress = "02:00:00:00:00:ff";

    private readonly string name = $"jt{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
    private readonly int hosts;
    private readonly string prefix;

    /// <param name="hosts">How many hosts.</param>
    public SmallNetwork(int hosts)
    {
        this.hosts = hosts;
        prefix = string.Create(CultureInfo.InvariantCulture,
            $"10.{200 + Environment.ProcessId % 50}.{Environment.ProcessId / 50 % 250}");
        try
        {
            Do($"ip link add {name} type bridge", $"ip addr add {Switch}/24 dev {name}", $"ip link set {name} up");
            for (var host = 1; host <= hosts; host++)
            {
                Do($"ip netns add {Space(host)}",
                    $"ip link add {Port(host)} type veth peer name eth0 netns {Space(host)}",
                    $"ip link set {Port(host)} master {name} up",
                    $"ip -n {Space(host)} addr add {Address(host)}/24 dev eth0",
                    $"ip -n {Space(host)} link set eth0 up",
                    $"ip -n {Space(host)} link set lo up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? WhatIsMissing()
    {
        try
        {
            using var trial = new SmallNetwork(1);
            trial.Lose(1, 2);
            return null;
        }
        catch (Win32Exception)
        {
            return "There is no ip on PATH (Debian's package iproute2).";
        }
        catch (InvalidOperationException refused)
        {
            return $"Networks cannot be made here: {refused.Message.Trim()}";
        }
    }

    /// <summary>The address of this process's own host, which reaches all others.</summary>
    public string Switch => $"{prefix}.254";

    /// <summary>The address of a host.</summary>
    /// <param name="host">The host, from 1.</param>
    public string Address(int host) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{host}");

    /// <summary>What starts a program on a host: its command line follows.</summary>
    /// <param name="host">The host, from 1.</param>
    public IEnumerable<string> On(int host) => ["ip", "netns", "exec", Space(host)];

    /// <summary>Loses what a host sends to another, without a word; what that one sends arrives.</summary>
    /// <param name="from">The host that sends.</param>
    /// <param name="to">The host that hears nothing of it.</param>
    public void Lose(int from, int to) =>
        Do($"ip -n {Space(from)} neigh replace {Address(to)} lladdr {NobodysAddress} nud permanent dev eth0");

    /// <summary>Keeps two hosts from reaching each other.</summary>
    public void Part(int one, int other)
    {
        Lose(one, other);
        Lose(other, one);
    }

    /// <summary>Lets all hosts reach each other.</summary>
    public void Join()
    {
        for (var from = 1; from <= hosts; from++)
        {
            for (var to = 1; to <= hosts; to++)
                Try($"ip -n {Space(from)} neigh del {Address(to)} dev eth0");
        }
    }

    public void Dispose()
    {
        for (var host = 1; host <= hosts; host++)
        {
            // A namespace goes when the last connection in it does, and its port with it.
            Try($"ip link del {Port(host)}");
            Try($"ip netns del {Space(host)}");
        }
        Try($"ip link del {name}");
    }

    private string Space(int host) => string.Create(CultureInfo.InvariantCulture, $"{name}-{host}");

    private string Port(int host) => string.Create(CultureInfo.InvariantCulture, $"{name}p{host}");

    private static void Do(params IEnumerable<string> commands)
    {
        foreach (var command in commands)
        {
            if (Try(command) is { } said)
                throw new InvalidOperationException($"{command}: {said}");
        }
    }

    private static string? Try(string command)
    {
        var words = command.Split(' ');
        using var process = Process.Start(
            new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : said;
    }
}
