using Jobtree.Actors.Operations;
using Jobtree.Client;
using Jobtree.Silo.Tests.Hosting;
using Orleans.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>The certificates that <c>certs</c> makes.</summary>
public sealed class TrialCertificatesTests : IDisposable
{
    private const string Refused = "Authentication failed";

    private readonly TestFolder folder = new();

    private string Certificates => folder.Of("certs");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task They_are_for_their_owner_only_and_are_never_overwritten()
    {
        using (var made = HostProcess.Start("certs", Certificates, "--days", "2"))
            Assert.Equal(0, await made.Exit());
        string[] files = [.. Directory.EnumerateFiles(Certificates, "*", SearchOption.AllDirectories).Order()];
        Assert.Equal(
            ["ca.key", "client/ca.crt", "client/tls.crt", "client/tls.key", "silo/ca.crt", "silo/tls.crt",
                "silo/tls.key"],
            files.Select(file => Path.GetRelativePath(Certificates, file)));
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal([Owner], files.Select(file => new FileInfo(file).UnixFileMode).Distinct());
        string[] folders = [Certificates, .. Directory.EnumerateDirectories(Certificates)];
        Assert.Equal([Owner | UnixFileMode.UserExecute],
            folders.Select(path => new DirectoryInfo(path).UnixFileMode).Distinct());
        var before = files.Select(File.ReadAllText).ToArray();
        using var again = HostProcess.Start("certs", Certificates);
        Assert.Equal(1, await again.Exit());
        Assert.Contains("is there already", Assert.Single(
            again.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(before, files.Select(File.ReadAllText));
    }

    [Fact]
    public async Task A_silo_and_a_client_know_each_other_by_them_and_a_client_is_no_silo()
    {
        using (var made = HostProcess.Start("certs", Certificates))
            Assert.Equal(0, await made.Exit());
        string[] gateway = ["--empty", "--gateway-port", "0"];
        using (var impostor = HostProcess.Start(["up", "--port", "0", "--data", folder.Of("other"), .. gateway,
            .. Options("client")]))
        {
            Assert.Equal(1, await impostor.Exit());
            Assert.Contains("other silos would refuse", impostor.Said, StringComparison.Ordinal);
        }
        var (host, _) = await HostProcess.Serve(folder.Of("data"), [.. gateway, .. Options("silo")]);
        using var silo = host;
        await using (var client = await ClusterProgram.Connect(silo, configure: ShowCertificate))
            Assert.True((await client.Fleet.Operations.ListNodes(new NodeQuery())).Succeeded(out _, out _));
        // A client talks to no silo of another authority.
        using (var other = HostProcess.Start("certs", folder.Of("other-certs")))
            Assert.Equal(0, await other.Exit());
        File.Copy(folder.Of("other-certs/client/ca.crt"), Path.Combine(Certificates, "client", "ca.crt"), true);
        Assert.DoesNotContain(Refused, silo.Said, StringComparison.Ordinal);
        await ClusterProgram.IsKeptOut(silo, Refused, configure: ShowCertificate);
    }

    private string[] Options(string whose) =>
    [
        "--silo-tls-cert", Of(whose, "tls.crt"), "--silo-tls-key", Of(whose, "tls.key"), "--silo-tls-ca",
        Of(whose, "ca.crt"),
    ];

    private string Of(string whose, string file) => Path.Combine(Certificates, whose, file);

    private void ShowCertificate(IClientBuilder client) =>
        client.UseJobtreeTls(Of("client", "tls.crt"), Of("client", "tls.key"), Of("client", "ca.crt"));
}
