using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Jobtree.Silo.Hosting;
using k8s;
using StackExchange.Redis;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c> that make a silo part of a cluster.</summary>
internal sealed class ClusterOptionSet
{
    private const string RedisVariable = "JOBTREE_REDIS";
    private const string RedisForm =
        "write host:port, more of them after commas, then options such as password=…,ssl=true";

    private readonly Option<string?> redis = new("--redis")
    {
        Description = "Be a silo of a cluster that keeps membership, reminders and journals in this Redis: "
            + "host:port[,option=value]. With appendfsync everysec Redis may lose up to a second of what was "
            + $"acknowledged; set it to always. With a password use --redis-file, or the variable {RedisVariable}: "
            + "arguments can be seen by every user of the machine.",
    };
    private readonly Option<FileInfo?> redisFile = new("--redis-file")
    {
        Description = "A file with what --redis takes.",
    };
    private readonly Option<DirectoryInfo?> stateFolder = new("--state-folder")
    {
        Description = "With --redis: the folder in which this silo keeps what it knows that Redis has, so that it "
            + "finds out at its start if Redis has lost records; silos may share it. Default: $STATE_DIRECTORY, else "
            + "$XDG_STATE_HOME/jobtree, else ~/.local/state/jobtree; a silo that cannot write there does without.",
    };
    private readonly Option<string> serviceId = new("--service-id")
    {
        Description = "The name under which everything is kept in Redis; it must never change while that is wanted.",
        DefaultValueFactory = _ => "jobtree",
    };
    private readonly Option<string> clusterId = new("--cluster-id")
    {
        Description = "Silos of one cluster id find each other.",
        DefaultValueFactory = _ => "jobtree",
    };
    private readonly Option<string> advertise = new("--advertise")
    {
        Description = "The address or name of this machine at which other silos and clients of the cluster reach this "
            + "one; it listens there and nowhere else. One that is not a loopback address needs --silo-tls-cert.",
        DefaultValueFactory = _ => "127.0.0.1",
    };
    private readonly Option<int?> siloPort = new("--silo-port")
    {
        Description = "With --redis: the port for other silos; 0 takes a free one. Default: 11111.",
    };
    private readonly Option<int?> gatewayPort = new("--gateway-port")
    {
        Description = "The port for clients of the cluster, who do what their tokens allow; 0 takes a free one. "
            + "Default: with --redis 30000, on one machine none.",
    };
    private readonly Option<double?> drain = new("--drain")
    {
        Description = "Seconds for which a silo that is asked to stop goes on serving while /readyz says that it "
            + "stops. Default: 5 in a cluster, 0 on one machine.",
    };

    private readonly Option<bool> kubernetes = new("--kubernetes")
    {
        Description = "This silo is a pod: it is named like the pod, and a silo whose pod was deleted is declared dead "
            + "at once. The pod's service account must be allowed to get, list and watch pods.",
    };
    private readonly HistoryOptionSet history = new();
    private readonly SiloTlsOptionSet tls = new();

    public ClusterOptionSet()
    {
        siloPort.Validators.Add(OptionChecks.Port);
        gatewayPort.Validators.Add(OptionChecks.Port);
    }

    public void AddTo(Command command)
    {
        Option[] all =
        [
            redis, redisFile, stateFolder, serviceId, clusterId, advertise, siloPort, gatewayPort, drain, kubernetes,
        ];
        foreach (var option in all)
            command.Options.Add(option);
        history.AddTo(command);
        tls.AddTo(command);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="ArgumentException">The options are invalid; the message does not contain the connection
    /// string.</exception>
    public ClusterSettings Read(ParseResult parsed)
    {
        var connection = Redis(
            parsed.GetValue(redis), parsed.GetValue(redisFile), Environment.GetEnvironmentVariable(RedisVariable));
        if (connection is null && parsed.GetValue(siloPort) is not null)
            throw new ArgumentException("--silo-port needs --redis: on one machine there are no other silos.");
        if (connection is null && parsed.GetValue(stateFolder) is not null)
            throw new ArgumentException("--state-folder needs --redis: on one machine the data folder has everything.");
        var postgres = history.Read(parsed);
        if (postgres is not null && connection is null)
            throw new ArgumentException(
                "--history-postgres needs --redis: on one machine the data folder has the history.");
        if (parsed.GetValue(kubernetes))
            CheckPod(connection);
        var certificates = tls.Read(parsed);
        if (certificates is not null && connection is null && parsed.GetValue(gatewayPort) is null)
            throw new ArgumentException("--silo-tls-cert needs --redis or --gateway-port: there is no port to guard.");
        var address = Address(parsed.GetValue(advertise)!);
        if (connection is not null || parsed.GetValue(gatewayPort) is not null)
            tls.Check(parsed, certificates, address);
        var seconds = parsed.GetValue(drain) ?? (connection is null ? 0 : 5);
        if (seconds is not (>= 0 and <= 600))
            throw new ArgumentException("--drain takes seconds, 0 to 600.");
        return new ClusterSettings(
            Name("--service-id", parsed.GetValue(serviceId)!),
            Name("--cluster-id", parsed.GetValue(clusterId)!),
            connection,
            address,
            parsed.GetValue(siloPort),
            parsed.GetValue(gatewayPort),
            TimeSpan.FromSeconds(seconds))
        {
            Certificates = certificates,
            HistoryPostgres = postgres,
            IsOnKubernetes = parsed.GetValue(kubernetes),
            StateFolder = parsed.GetValue(stateFolder)?.FullName,
        };
    }

    /// <summary>The configured connection string, if any; an option overrides the variable.</summary>
    internal static ConfigurationOptions? Redis(string? argument, FileInfo? file, string? variable)
    {
        if (ConnectionText.Given("--redis", argument, file, RedisVariable, variable) is not var (text, from))
            return null;
        // The parser's own message may repeat a password.
        return Parsed(text) is { EndPoints.Count: > 0 } options ? options : throw new ArgumentException(
            $"{from} is not a Redis connection: {RedisForm}.");
    }

    private static ConfigurationOptions? Parsed(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static void CheckPod(ConfigurationOptions? connection)
    {
        if (connection is null)
            throw new ArgumentException("--kubernetes needs --redis: on one machine there are no other silos.");
        if (!KubernetesClientConfiguration.IsInCluster())
            throw new ArgumentException(
                "--kubernetes is for a silo in a pod that has its service account's token mounted; this process has "
                + "no such token.");
    }

    private static string Name(string option, string value) =>
        value.Length is >= 1 and <= 63 && value.All(
            letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? value
            : throw new ArgumentException($"{option} takes 1 to 63 letters, digits, '-', '_' and '.'.");

    private static IPAddress Address(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
                ? throw new ArgumentException(
                    "--advertise takes the address at which others reach this silo, not one for all addresses.")
                : address;
        }

        try
        {
            return Dns.GetHostAddresses(text).OrderBy(
                found => found.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();
        }
        catch (Exception unknown) when (unknown is SocketException or InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException(
                $"--advertise takes an IP address or the name of this machine; '{text}' is neither.");
        }
    }
}
