using Loyalty.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddLoyalty(builder.Configuration, StoreSelection.FromSettings);
builder.Build().Run();
