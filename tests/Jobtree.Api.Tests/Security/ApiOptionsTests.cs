using System.Net;
using Jobtree.Api.Access;
using Jobtree.Api.Tests.Fleet;

namespace Jobtree.Api.Tests.Security;

public sealed class ApiOptionsTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("10.0.0.1")]
    public void Other_addresses_than_loopback_need_tokens(string address)
    {
        var options = new ApiOptions { Address = IPAddress.Parse(address) };
        Assert.Contains("token file", Assert.Single(options.Validate()), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => JobtreeApi.Create(new ScriptedFleet(), options));
        Assert.Empty((options with { TokenFile = "tokens.yaml" }).Validate());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("::1")]
    public void Loopback_addresses_need_none(string address) =>
        Assert.Empty(new ApiOptions { Address = IPAddress.Parse(address) }.Validate());

    [Fact]
    public void A_token_file_that_cannot_be_used_stops_the_start() =>
        Assert.Throws<TokenFileException>(() => JobtreeApi.Create(
            new ScriptedFleet(), new ApiOptions { Address = IPAddress.Any, TokenFile = "/nowhere/tokens.yaml" }));

    [Fact]
    public void Hosts_and_origins_are_checked()
    {
        Assert.Empty(new ApiOptions { AllowedHosts = ["fleet.example.org", "[fe80::1]", "10.0.0.1"],
            AllowedOrigins = ["https://fleet.example.org:8443"] }.Validate());
        Assert.Single(new ApiOptions { AllowedHosts = ["https://fleet.example.org"] }.Validate());
        Assert.Single(new ApiOptions { AllowedHosts = ["*"] }.Validate());
        Assert.Single(new ApiOptions { AllowedOrigins = ["https://fleet.example.org/"] }.Validate());
        Assert.Single(new ApiOptions { AllowedOrigins = ["*"] }.Validate());
    }
}
