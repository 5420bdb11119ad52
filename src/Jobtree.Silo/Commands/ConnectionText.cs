using Jobtree.Api.Access;

namespace Jobtree.Silo.Commands;

/// <summary>
/// Reads the text of a connection, which may hold a password: from an option, a file or a variable. It is never part of
/// a message.
/// </summary>
internal static class ConnectionText
{
    private const int BytesMax = 16 * 1024;

    /// <summary>The text and what gave it, if anything did; an option overrides the variable.</summary>
    /// <param name="option">The option; the one for a file has the same name and <c>-file</c>.</param>
    /// <param name="argument">The option's value.</param>
    /// <param name="file">The file.</param>
    /// <param name="variable">The variable.</param>
    /// <param name="value">The variable's value.</param>
    /// <exception cref="ArgumentException">Both options are given, or the file cannot be used.</exception>
    public static (string Text, string From)? Given(
        string option, string? argument, FileInfo? file, string variable, string? value)
    {
        if (argument is not null && file is not null)
            throw new ArgumentException($"Give {option} or {option}-file, not both.");
        if (file is not null)
            return (Read($"{option}-file", file), $"{option}-file");
        if (argument is not null)
            return (argument.Trim(), option);
        return string.IsNullOrWhiteSpace(value) ? null : (value.Trim(), variable);
    }

    private static string Read(string option, FileInfo file) =>
        SecretFile.ReadText($"{option}: the file", file.FullName, BytesMax).Trim();
}
