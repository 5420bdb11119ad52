using System.CommandLine;

namespace Jobtree.Silo.Commands.Configuration;

/// <summary>
/// A configuration file: every option of a command by its name without dashes, and the section <c>telemetry</c>. Names
/// that are not known are refused, because a setting that silently does nothing is worse than none.
/// </summary>
internal sealed class ConfigFile
{
    private const int BytesMax = 64 * 1024;

    /// <summary>Options whose values may hold a password; each has another for a file.</summary>
    private static readonly string[] Connections = ["--redis", "--history-postgres"];

    /// <summary>How connections call a password.</summary>
    private static readonly string[] Passwords = ["password", "psw", "pwd"];

    private readonly string file;
    private readonly List<(Option Option, string[] Arguments, long Line)> settings = [];

    private ConfigFile(string file) => this.file = file;

    /// <summary>The section <c>telemetry</c>.</summary>
    public TelemetrySettings Telemetry { get; private set; } = new();

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="command">The command whose options may be set.</param>
    /// <param name="except">Options that may not.</param>
    /// <exception cref="ArgumentException">The file cannot be used; the message names file and line.</exception>
    public static ConfigFile Read(FileInfo file, Command command, params IReadOnlyList<Option> except)
    {
        if (!file.Exists)
            throw new ArgumentException($"--config: {file.FullName} does not exist.");
        if (file.Length > BytesMax)
            throw new ArgumentException($"--config: {file.FullName} is larger than {BytesMax / 1024} KiB.");
        var config = new ConfigFile(file.Name);
        var options = command.Options.Where(option => !option.Hidden && !except.Contains(option) && option.Name
            is not ("--help" or "--version")).ToDictionary(option => option.Name[2..]);
        var root = ConfigTree.Read(file.Name, File.ReadAllText(file.FullName));
        foreach (var (name, line, value) in root.Members!)
        {
            if (name == TelemetrySection.Name)
                config.Telemetry = new TelemetrySection(file.Name).Read(value);
            else if (options.TryGetValue(name, out var option))
                config.Add(option, value);
            else
                throw config.Wrong(line, $"'{name}' is unknown; known are: {string.Join(", ", options.Keys
                    .Append(TelemetrySection.Name).Order(StringComparer.Ordinal))}");
        }
        config.Check();
        return config;
    }

    /// <summary>Reads a command line again, with the file's settings for the options that it does not have.</summary>
    /// <param name="parsed">The command line.</param>
    public ParseResult Complete(ParseResult parsed)
    {
        var own = parsed.Tokens.Select(token => token.Value);
        var added = settings.Where(setting => parsed.GetResult(setting.Option) is null or { Implicit: true });
        return parsed.RootCommandResult.Command.Parse([.. own, .. added.SelectMany(setting => setting.Arguments)]);
    }

    private void Add(Option option, ConfigNode value)
    {
        if (value.Members is not null || value.Items?.Any(item => item.Text is null) == true
            || (value.Items is not null && option.Arity.MaximumNumberOfValues <= 1))
            throw Wrong(value.Line, $"{option.Name[2..]} takes "
                + (option.Arity.MaximumNumberOfValues > 1 ? "a value or a list of values" : "one value"));
        var values = (value.Items?.Select(item => item.Text!) ?? [value.Text!]).ToArray();
        if (values.Any(text => text.Length == 0))
            throw Wrong(value.Line, $"{option.Name[2..]} has no value");
        if (Connections.Contains(option.Name) && Passwords.Any(
            word => values.Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase))))
            throw Wrong(value.Line, $"{option.Name[2..]}: a password does not belong into this file; put the "
                + $"connection into another ({option.Name[2..]}-file)");
        settings.Add((option, [.. values.Select(text => $"{option.Name}={text}")], value.Line));
    }

    /// <summary>Each setting is read by itself, so that a message can name its line.</summary>
    private void Check()
    {
        foreach (var (option, arguments, line) in settings)
        {
            var alone = new Command("setting") { option };
            if (alone.Parse(arguments).Errors is [{ Message: var message }, ..])
                throw Wrong(line, OneLine(message).TrimEnd('.'));
        }
    }

    // The parser lists allowed words one a line.
    private static string OneLine(string message) => string.Join(
        ' ', message.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private ArgumentException Wrong(long line, string problem) => new($"{file}:{line}: {problem}.");
}
