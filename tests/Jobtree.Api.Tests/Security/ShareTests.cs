using System.Net;
using System.Net.Sockets;
using System.Text;
using Jobtree.Api.Access;
using Jobtree.Api.Requests;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

/// <summary>No caller takes more than a share, and an operator of the whole fleet gets through.</summary>
public sealed class ShareTests : IDisposable
{
    private const int BodyBytes = 100_000;

    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-share-").FullName;
    private readonly List<IDisposable> open = [];
    private readonly string file;
    private readonly string root;
    private readonly string viewer;
    private readonly string submitter;

    public ShareTests()
    {
        file = Path.Combine(folder, "tokens.json");
        root = TokenFile.Create(file, "root", Role.Operator, ["*"]);
        viewer = TokenFile.Create(file, "viewer", Role.Viewer, ["org:ai"]);
        submitter = TokenFile.Create(file, "submitter", Role.Submitter, ["org:bio"]);
    }

    public void Dispose()
    {
        open.ForEach(one => one.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_token_has_a_quarter_of_the_watch_streams_and_operators_have_some_for_themselves()
    {
        await using var host = await Start(options => options with { WatchersMax = 16 });
        for (var i = 0; i < 4; i++)
            await Watch(host, viewer);
        (await host.Get("/v1/runs?watch=true", viewer)).IsProblem(429, "limit-reached");
        (await host.Get("/v1/runs", viewer)).IsOk();
        for (var i = 0; i < 4; i++)
            await Watch(host, submitter);
        // What others leave is for operators of the whole fleet, more than a quarter if they like.
        for (var i = 0; i < 8; i++)
            await Watch(host, root);
        (await host.Get("/v1/runs?watch=true", root)).IsProblem(429, "limit-reached");
        // A closed stream makes room for its own token.
        open[0].Dispose();
        await Eventually.Holds(() => host.Fleet.WatchersOpen == 15);
        await Eventually.Holds(async () =>
        {
            try
            {
                await Watch(host, root);
                return true;
            }
            catch (Exception refused) when (refused is Xunit.Sdk.XunitException or HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Bodies_that_come_slowly_leave_room_for_others()
    {
        await using var host = await Start(options => options with
        {
            BodyBytesMax = BodyBytes, BodiesBytesMax = 8 * BodyBytes, RequestTimeout = TimeSpan.FromMinutes(5),
        });
        // Half of it is one token's share, and a quarter is for operators of the whole fleet.
        for (var i = 0; i < 4; i++)
            await Stall(host, viewer, "/v1/plan");
        var refused = (await host.Post("/v1/plan", Samples.Run("a"), viewer)).IsProblem(429, "limit-reached");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        for (var i = 0; i < 2; i++)
            await Stall(host, submitter, "/v1/runs");
        (await host.Post("/v1/runs", Samples.Run("b", "org:bio"), submitter)).IsProblem(429, "limit-reached");
        (await host.Post("/v1/manifests", Samples.Node("n1") + new string(' ', BodyBytes / 2), root)).IsOk();
        // What asks for no body is not held up, and room comes back when the bodies are gone.
        (await host.Get("/v1/runs", viewer)).IsOk();
        open.ForEach(one => one.Dispose());
        await Eventually.Holds(async () => (await host.Post("/v1/plan", Samples.Run("a"), viewer)).Status == 200);
    }

    [Fact]
    public async Task Requests_that_wait_for_answers_leave_room_for_others()
    {
        await using var host = await Start(options => options with
        {
            RequestsAtOnceMax = 8, RequestTimeout = TimeSpan.FromMinutes(5),
        });
        for (var i = 0; i < 4; i++)
            await Stall(host, viewer, "/v1/plan");
        Assert.Equal("1", (await host.Get("/v1/runs", viewer)).IsProblem(429, "limit-reached").Headers["Retry-After"]);
        (await host.Get("/v1/runs", submitter)).IsOk();
        for (var i = 0; i < 3; i++)
            await Stall(host, submitter, "/v1/runs");
        (await host.Get("/v1/runs", submitter)).IsProblem(429, "limit-reached");
        (await host.Post("/v1/manifests", Samples.Node("n1"), root)).IsOk();
        // Probes are not counted, and room comes back.
        (await host.Get("/readyz")).IsOk();
        open.ForEach(one => one.Dispose());
        await Eventually.Holds(async () => (await host.Get("/v1/runs", viewer)).Status == 200);
    }

    /// <summary>Whoever signs in has no token yet, and so neither the operators' places nor more than one token's.
    /// </summary>
    [Fact]
    public async Task Who_signs_in_slowly_leaves_room_for_others()
    {
        await using var host = await Start(options => options with
        {
            RequestsAtOnceMax = 8, RequestTimeout = TimeSpan.FromMinutes(5),
        });
        for (var i = 0; i < 4; i++)
            await Stall(host, token: null, "/sign-in");
        (await host.Post("/sign-in", $"token={viewer}", contentType: "application/x-www-form-urlencoded"))
            .IsProblem(429, "limit-reached");
        for (var i = 0; i < 3; i++)
            await Stall(host, submitter, "/v1/runs");
        (await host.Get("/v1/runs", viewer)).IsProblem(429, "limit-reached");
        (await host.Post("/v1/manifests", Samples.Node("n1"), root)).IsOk();
    }

    [Fact]
    public async Task One_address_has_a_quarter_of_the_connections()
    {
        await using var host = await Start(options => options with { ConnectionsMax = 16 });
        for (var i = 0; i < 4; i++)
        {
            var client = await Connect(host, IPAddress.Parse("127.0.0.2"));
            open.Add(client);
            await Greet(client);
        }
        Assert.Equal("", await AskFrom(host, "127.0.0.2"));
        using var other = await Connect(host, IPAddress.Parse("127.0.0.3"));
        Assert.StartsWith("HTTP/1.1 200", await Ask(other), StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", await Ask((TcpClient)open[0]), StringComparison.Ordinal);
        await Eventually.Holds(async () =>
            (await AskFrom(host, "127.0.0.2")).StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Max open files            1024                 4096                 files", 256)]
    [InlineData("Max open files            4096                 4096                 files", 3072)]
    [InlineData("Max open files            1048576              1048576              files", 10_000)]
    [InlineData("Max open files            64                   64                   files", 16)]
    [InlineData("Max open files            unlimited            unlimited            files", 10_000)]
    [InlineData("Max processes             1                    1                    processes", 10_000)]
    public void Connections_leave_descriptors_to_the_journal(string line, int expected)
    {
        string[] limits = ["Limit  Soft  Hard  Units", line];
        Assert.Equal(expected, ConnectionLimit.WithinDescriptors(10_000, limits));
        // Where a process has more ports than one, each has its part.
        Assert.InRange(ConnectionLimit.WithinDescriptors(10_000, limits, eighths: 2), expected / 4, expected);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:db8:0:1::")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1::")]
    [InlineData("2001:db8:0:2::1", "2001:db8:0:2::")]
    [InlineData("fe80::1%1", "fe80::")]
    public void A_machine_with_a_network_of_addresses_has_one_share(string address, string network) =>
        Assert.Equal(IPAddress.Parse(network), ConnectionLimit.NetworkOf(IPAddress.Parse(address)));

    [Fact]
    public void A_share_is_given_back_once()
    {
        var shares = new FairShare(total: 10, share: 4, reserve: 2);
        var caller = new Caller("a", Role.Viewer, ["org"]);
        var taken = shares.TryTake(caller, 4);
        Assert.NotNull(taken);
        Assert.Null(shares.TryTake(caller, 1));
        taken.Dispose();
        taken.Dispose();
        Assert.Equal(0, shares.Taken);
        Assert.NotNull(shares.TryTake(caller, 4));
        Assert.NotNull(shares.TryTake(new Caller("b", Role.Operator, ["org"]), 4));
        Assert.Null(shares.TryTake(new Caller("c", Role.Operator, ["org"]), 1));
        Assert.NotNull(shares.TryTake(Caller.Local, 2));
        Assert.Null(shares.TryTake(Caller.Local, 1));
    }

    private Task<ApiHost> Start(Func<ApiOptions, ApiOptions> change) =>
        ApiHost.Start(options => change(options with { TokenFile = file }));

    private async Task Watch(ApiHost host, string token) =>
        open.Add(await EventReader.Open(host, "/v1/runs?watch=true", token: token));

    /// <summary>Sends a request whose body never comes. Returns when the server begins to read it.</summary>
    private async Task Stall(ApiHost host, string? token, string path)
    {
        var headers = token is null ? "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8192"
            : $"Content-Type: application/json\r\nContent-Length: {BodyBytes}\r\nAuthorization: Bearer {token}";
        var client = new TcpClient();
        open.Add(client);
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\nExpect: 100-continue\r\n\r\n"));
        var leave = new byte["HTTP/1.1 100 ".Length];
        await client.GetStream().ReadExactlyAsync(leave);
        Assert.Equal("HTTP/1.1 100 ", Encoding.ASCII.GetString(leave));
    }

    /// <summary>Sends a request and reads its answer; the connection stays open.</summary>
    private static async Task Greet(TcpClient client)
    {
        var stream = client.GetStream();
        await stream.WriteAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var answer = new StringBuilder();
        for (var next = 0; next != '}' && (next = stream.ReadByte()) >= 0;)
            answer.Append((char)next);
        Assert.StartsWith("HTTP/1.1 200", answer.ToString(), StringComparison.Ordinal);
    }

    private static async Task<TcpClient> Connect(ApiHost host, IPAddress from)
    {
        var client = new TcpClient(new IPEndPoint(from, 0));
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        return client;
    }

    /// <summary>The answer on a connection of its own; empty: it was not let in, perhaps before it was open.</summary>
    private static async Task<string> AskFrom(ApiHost host, string address)
    {
        try
        {
            using var client = await Connect(host, IPAddress.Parse(address));
            return await Ask(client);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }
    }

    /// <summary>The answer to a request after which the server closes; empty: it closed before.</summary>
    private static async Task<string> Ask(TcpClient client)
    {
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
