using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.WhatIf;

/// <summary>
/// The difference of two manifests of one object as a unified diff of their normalized YAML, in which every field has a
/// line of its own.
/// </summary>
internal static class ManifestDiff
{
    private const int ContextLines = 3;

    // Longer manifests are shown as replaced as a whole: a table of this size takes 16 MB.
    private const int TableMax = 4_000_000;

    /// <summary>The difference; null if there is none.</summary>
    /// <param name="before">The present manifest; null if there is none.</param>
    /// <param name="after">The new manifest; null if the object is deleted.</param>
    public static IReadOnlyList<string>? Of(Manifest? before, Manifest? after)
    {
        var (old, next) = (Lines(before), Lines(after));
        if (old.AsSpan().SequenceEqual(next))
            return null;
        return Hunks(Script(old, next));
    }

    private static string[] Lines(Manifest? manifest) => manifest is null ? []
        : ManifestWriter.ToYaml(Normalized(manifest)).TrimEnd('\n').Split('\n');

    /// <summary>A manifest without what applying it does not change.</summary>
    private static Manifest Normalized(Manifest manifest) => manifest switch
    {
        RunManifest run => run with { Status = null },
        NodeManifest node => new NodeManifest(
            node.Node with { State = NodeState.Ready, StateSet = null, EmptyBy = null }),
        BudgetManifest { Budget.Namespace: RunKey.DefaultNamespace } budget =>
            new BudgetManifest(budget.Budget with { Namespace = null }),
        _ => manifest,
    };

    private static List<(char Sign, string Text)> Script(string[] old, string[] next)
    {
        var head = old.AsSpan().CommonPrefixLength(next);
        var tail = 0;
        while (tail < Math.Min(old.Length, next.Length) - head && old[^(tail + 1)] == next[^(tail + 1)])
            tail++;
        var script = new List<(char, string)>(old.Length + next.Length);
        script.AddRange(old[..head].Select(line => (' ', line)));
        AddMiddle(script, old[head..^tail], next[head..^tail]);
        script.AddRange(old[^tail..].Select(line => (' ', line)));
        return script;
    }

    private static void AddMiddle(List<(char Sign, string Text)> script, string[] old, string[] next)
    {
        if ((long)old.Length * next.Length > TableMax)
        {
            script.AddRange(old.Select(line => ('-', line)));
            script.AddRange(next.Select(line => ('+', line)));
            return;
        }
        // The longest common subsequence of the lines from i and j on.
        var common = new int[old.Length + 1, next.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = next.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == next[j] ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        for (int i = 0, j = 0; i < old.Length || j < next.Length;)
        {
            if (i < old.Length && j < next.Length && old[i] == next[j])
            {
                script.Add((' ', old[i++]));
                j++;
            }
            else if (i < old.Length && (j == next.Length || common[i + 1, j] >= common[i, j + 1]))
            {
                script.Add(('-', old[i++]));
            }
            else
            {
                script.Add(('+', next[j++]));
            }
        }
    }

    private static List<string> Hunks(List<(char Sign, string Text)> script)
    {
        var lines = new List<string>();
        var (oldLine, newLine) = (1, 1);
        for (var at = 0; at < script.Count;)
        {
            var changed = script.FindIndex(at, line => line.Sign != ' ');
            if (changed < 0)
                break;
            var begin = Math.Max(at, changed - ContextLines);
            var end = EndOfHunk(script, changed);
            oldLine += begin - at;
            newLine += begin - at;
            var hunk = script[begin..end];
            var (oldCount, newCount) = (hunk.Count(line => line.Sign != '+'), hunk.Count(line => line.Sign != '-'));
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"@@ -{(oldCount == 0 ? 0 : oldLine)},{oldCount} +{(newCount == 0 ? 0 : newLine)},{newCount} @@"));
            lines.AddRange(hunk.Select(line => line.Sign + line.Text));
            (oldLine, newLine, at) = (oldLine + oldCount, newLine + newCount, end);
        }
        return lines;
    }

    private static int EndOfHunk(List<(char Sign, string Text)> script, int changed)
    {
        var last = changed;
        for (var i = changed; i < script.Count && i - last <= 2 * ContextLines; i++)
            last = script[i].Sign == ' ' ? last : i;
        return Math.Min(script.Count, last + 1 + ContextLines);
    }
}
