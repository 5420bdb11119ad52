using System.Diagnostics;
using System.Globalization;
using Jobtree.Silo.Chaos.Processes;
using Npgsql;

namespace Jobtree.Silo.Tests.Servers;

/// <summary>
/// A PostgreSQL of one's own: a process on a free port of loopback, whose users need passwords. It refuses to run as
/// root, so root starts it as nobody.
/// </summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    public const string Password = "s3cret'pass;word";
    private const string Nobody = "65534";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-postgres-").FullName;
    private ChildProcess? process;
    private int[] paused = [];

    private PostgresProcess()
    {
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? MissingBecause { get; } =
        Programs is null ? "There is no PostgreSQL (Debian's package postgresql)."
        : !Run([.. User, Path.Combine(Programs, "postgres"), "--version"]) ? "PostgreSQL cannot be run as nobody."
        : null;

    public int Port { get; } = Ports.Take();

    /// <summary>How its superuser reaches it.</summary>
    public string Connection => Of("jobtree", Password);

    /// <summary>The folder of initdb and postgres: of the newest version, unless PATH says which.</summary>
    private static string? Programs => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(Version)
                .Select(version => Path.Combine(version, "bin"))
            : [])
        .FirstOrDefault(path => path.Length > 0 && File.Exists(Path.Combine(path, "initdb"))
            && File.Exists(Path.Combine(path, "postgres")));

    private static string[] User => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--"] : [];

    private string Data => Path.Combine(folder, "data");

    private string LogFile => Path.Combine(folder, "postgres.log");

    /// <summary>Makes one and starts it; skips the test where there can be none.</summary>
    public static async Task<PostgresProcess> Begin()
    {
        Assert.SkipWhen(MissingBecause is not null, MissingBecause ?? "");
        var server = new PostgresProcess();
        var passwords = Path.Combine(server.folder, "password");
        await File.WriteAllTextAsync(passwords, Password);
        if (Environment.IsPrivilegedProcess && !Run(["chown", "-R", $"{Nobody}:{Nobody}", server.folder]))
            throw new InvalidOperationException("The folder of PostgreSQL cannot be given to nobody.");
        string[] make = [.. User, Path.Combine(Programs!, "initdb"), "--pgdata", server.Data, "--username", "jobtree",
            "--pwfile", passwords, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"];
        // Most servers do not order texts by their bytes. Before version 15 no option makes one like that everywhere.
        if (!Run([.. make, "--locale-provider", "icu", "--icu-locale", "en"]) && !Run(make))
            throw new InvalidOperationException("initdb failed.");
        await server.Start();
        return server;
    }

    /// <summary>How a user reaches it.</summary>
    public string Of(string user, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Database = "postgres", Username = user, Password = password,
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Starts it on what is in its folder, and waits until it answers.</summary>
    public async Task Start()
    {
        string[] command = [.. User, Path.Combine(Programs!, "postgres"), "-D", Data,
            "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=32MB",
            "-c", "max_connections=60"];
        process = ChildProcess.Start(command[0], command[1..], LogFile);
        var began = Stopwatch.GetTimestamp();
        while (!await Answers())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"PostgreSQL said: {await File.ReadAllTextAsync(LogFile)}");
            await Task.Delay(Look);
        }
    }

    /// <summary>Stops it at once, without waiting for anybody.</summary>
    public async Task Stop()
    {
        await process!.Signal("QUIT");
        await process.Exit();
    }

    /// <summary>Has it hang, its connections left open (SIGSTOP), until <see cref="Continue"/>.</summary>
    public async Task Pause()
    {
        await using var source = NpgsqlDataSource.Create(Connection);
        await using var command = source.CreateCommand("SELECT array_agg(pid) FROM pg_stat_activity");
        paused = [.. (int[])(await command.ExecuteScalarAsync())!, process!.Id];
        Signal("STOP", paused);
    }

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Continue()
    {
        Signal("CONT", paused);
        paused = [];
    }

    /// <summary>Runs statements as its superuser.</summary>
    public async Task Do(string statements)
    {
        await using var source = NpgsqlDataSource.Create(Connection);
        await using var command = source.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Continue();
        await Stop();
        await process!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> Answers()
    {
        try
        {
            await Do("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static void Signal(string name, int[] processes)
    {
        if (processes.Length > 0)
            Run(["kill", $"-{name}", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
    }

    private static int Version(string folder) =>
        int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static bool Run(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
            })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
