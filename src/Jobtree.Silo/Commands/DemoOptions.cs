using System.CommandLine;
using Jobtree.Execution;
using Jobtree.Silo.Demo;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>demo</c> beside those of <c>up</c>.</summary>
internal sealed class DemoOptions
{
    private const string TokenVariable = "JOBTREE_TOKEN";
    private const double MinutesMin = 0.2, MinutesMax = 1440;
    private const int DaysMax = 365;

    private readonly Option<int> seed = new("--seed")
    {
        Description = "The seed of the day's plan.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<double> minutes = new("--minutes")
    {
        Description = "How many minutes a day takes; all durations are shortened by the same factor.",
        DefaultValueFactory = _ => 10,
    };
    private readonly Option<int> days = new("--days")
    {
        Description = "How many days are played, one after the other.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<bool> exit = new("--exit")
    {
        Description = "End after the last day instead of serving until Ctrl-C.",
    };
    private readonly Option<Uri?> server = new("--server")
    {
        Description = "Play against the silo at this address instead of starting one. Runs that wait or run there "
            + "share its GPUs with those of the day. If it asks for a token, it must be an operator's for all owners.",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address)
                && address.Scheme is "http" or "https")
                return new Uri(address.GetLeftPart(UriPartial.Authority) + "/");
            result.AddError("--server takes an address such as http://127.0.0.1:8080.");
            return null;
        },
    };

    private readonly Option<FileInfo?> serverToken = new("--server-token-file")
    {
        Description = $"A file with the token for --server. Default: the variable {TokenVariable}.",
    };
    private readonly Option<DirectoryInfo?> output = new("--workload-output")
    {
        Description = "Write what workloads would print into this folder, as the process executor does.",
    };

    public void AddTo(Command command)
    {
        Option[] all = [seed, minutes, days, exit, server, serverToken, output];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public DemoSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(minutes) is not (>= MinutesMin and <= MinutesMax and var lasts))
            throw new ArgumentException($"--minutes takes {MinutesMin} to {MinutesMax}.");
        if (parsed.GetValue(days) is not (>= 1 and <= DaysMax and var count))
            throw new ArgumentException($"--days takes 1 to {DaysMax}.");
        return new DemoSettings(parsed.GetValue(seed), TimeSpan.FromMinutes(lasts), count, parsed.GetValue(exit),
            parsed.GetValue(server), Token(parsed.GetValue(serverToken)), parsed.GetValue(output)?.FullName);
    }

    private static string? Token(FileInfo? file)
    {
        const int bytesMax = 4096;
        if (file is { Exists: false })
            throw new ArgumentException($"--server-token-file: {file.FullName} does not exist.");
        if (file is { Length: > bytesMax })
            throw new ArgumentException($"--server-token-file: {file.FullName} is too large for a token.");
        var text = file is null ? Environment.GetEnvironmentVariable(TokenVariable) : File.ReadAllText(file.FullName);
        return text?.Trim() is { Length: > 0 } token ? token : null;
    }

    /// <summary>The settings of the silo that a demo starts.</summary>
    /// <exception cref="ArgumentException">They do not suit a demo.</exception>
    public static UpSettings Check(UpSettings settings)
    {
        if (settings.Api.CertificateFile is not null)
            throw new ArgumentException("demo plays over plain HTTP: leave --tls-cert out.");
        if (Directory.Exists(Path.Combine(settings.Folder, "journal")))
            throw new ArgumentException(
                $"{settings.Folder} has been used already; a demo begins with a folder that is new.");
        return settings with { Executor = settings.Executor ?? ExecutorKind.Simulated };
    }
}
