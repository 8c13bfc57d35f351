export default { output: 'standalone', serverExternalPackages: ['callfluent'] };
