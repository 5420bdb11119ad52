using System.Diagnostics.CodeAnalysis;
using System.Text;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The secrets that workloads may ask for: a folder with one for each namespace, from which the runs of that namespace
/// get theirs. A secret is read when a process starts, and is in nothing that this host writes or says.
/// </summary>
/// <param name="path">The folder; null: this host has no secrets.</param>
internal sealed class SecretsFolder(string? path)
{
    private const int BytesMax = 32 * 1024;
    private const UnixFileMode OthersMode = UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true);

    /// <summary>Checks that nobody else may read the folder.</summary>
    /// <exception cref="ArgumentException">It is no folder, or others may use it.</exception>
    public void Check()
    {
        if (path is null)
            return;
        if (!Directory.Exists(path))
            throw new ArgumentException($"The folder of secrets {path} is not there.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMode) != 0)
            throw new ArgumentException($"The folder of secrets {path} may be written by its group, or used by "
                + $"everybody: chmod 700 {path}, or 750.");
    }

    /// <summary>Reads a secret.</summary>
    /// <param name="space">The namespace of the run.</param>
    /// <param name="variable">The variable, for the message.</param>
    /// <param name="reference">Which secret.</param>
    /// <param name="value">The secret, without the line end at its end.</param>
    /// <param name="problem">Why it cannot be had; it names the secret and tells nothing of it.</param>
    public bool TryRead(string space, string variable, SecretReference reference,
        [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? problem)
    {
        value = null;
        var name = reference.Secret ?? reference.File ?? "";
        problem = path is null ? "this host has no secrets (--secrets-dir)"
            : Read($"{space}/{name}", isName: reference.File is null, out value);
        if (problem is not null)
            problem = $"workload.env: {variable} takes its value from the secret '{OneLine.Of(name)}' of the namespace "
                + $"{space}, but {problem}.";
        return problem is null;
    }

    private string? Read(string inside, bool isName, out string? value)
    {
        value = null;
        // Every link is refused, also one within the folder: what it leads to may be another namespace's.
        if (isName && inside.Count('/') != 1 || RegularFile.Open(path!, inside) is not { } handle)
            return "there is none of that name that this host may read";
        using var file = new FileStream(handle, FileAccess.Read);
        var bytes = new byte[BytesMax + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > BytesMax)
            return $"it has more than {BytesMax} bytes";
        if (length > 0 && bytes[length - 1] == '\n')
            length--;
        try
        {
            value = Strict.GetString(bytes.AsSpan(0, length));
        }
        catch (DecoderFallbackException)
        {
            return "it is no text (UTF-8)";
        }
        return value.Contains('\0', StringComparison.Ordinal)
            ? "it holds a NUL character, which no environment variable can" : null;
    }
}
